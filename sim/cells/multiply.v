// Products for a family without multipliers, as rows of conditional additions: with the multiplexer in the same look-up table as
// the bit of the adder, a row takes one table a bit. yosys alone takes three times as many.

(* techmap_celltype = "$mul" *)
module multiply_by_rows (A, B, Y);
  parameter A_SIGNED = 0; parameter B_SIGNED = 0; parameter A_WIDTH = 1; parameter B_WIDTH = 1; parameter Y_WIDTH = 1;
  input [A_WIDTH-1:0] A; input [B_WIDTH-1:0] B; output [Y_WIDTH-1:0] Y;
  localparam W = A_WIDTH + 1;
  wire [W-1:0] a = {A_SIGNED ? A[A_WIDTH-1] : 1'b0, A};
  wire [W*(B_WIDTH+1)-1:0] rows;
  wire [B_WIDTH-1:0] low;
  assign rows[W-1:0] = 0;
  genvar k;
  generate for (k = 0; k < B_WIDTH; k = k + 1) begin : row
    wire [W-1:0] before = rows[W*k +: W];
    wire [W-1:0] sum = (B_SIGNED && k == B_WIDTH - 1) ? before - a : before + a;
    wire [W-1:0] after = B[k] ? sum : before;
    assign low[k] = after[0];
    assign rows[W*(k+1) +: W] = {after[W-1], after[W-1:1]};
  end endgenerate
  wire [A_WIDTH+B_WIDTH+1-1:0] full = {rows[W*B_WIDTH +: W], low};
  assign Y = full;
endmodule
