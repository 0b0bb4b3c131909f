// Behavioural twins of the block RAM, the multiplier and the PLL of an ECP5, with buses instead of single pins.

// Two ports; of each row of 18 bits a port sees WIDTH. Port A with 36 bits only writes, port B with 36 bits only reads; both
// use the data pins of A for the lower half.
//
// What a read of a word returns that the *other* port writes at the same edge is not specified: here it is the complement
// of the old bits, so that a design that uses them fails.
module DP16KD #(
  parameter WIDTH_A = 18,
  parameter WIDTH_B = 18,
  parameter WRITE_A = 0,      // what a port shows of its own write: 0 nothing, 1 the new word, 2 the old word
  parameter WRITE_B = 0,
  parameter OUTPUT_A = 0,     // 1: output register
  parameter OUTPUT_B = 0,
  parameter [18431:0] INIT = 0
) (
  input  wire CLKA, CEA, OCEA, WEA, RSTA,
  input  wire [13:0] ADA,
  input  wire [17:0] DIA,
  output wire [17:0] DOA,
  input  wire CLKB, CEB, OCEB, WEB, RSTB,
  input  wire [13:0] ADB,
  input  wire [17:0] DIB,
  output wire [17:0] DOB
);
  reg [17:0] rows [0:1023];
  reg [17:0] fetched_a, fetched_b, output_a, output_b, fetched_low;
  integer n;

  initial begin
    fetched_a = 0;
    fetched_b = 0;
    fetched_low = 0;
    output_a = 0;
    output_b = 0;
    for (n = 0; n < 1024; n = n + 1) rows[n] = INIT[18 * n +: 18];
  end

  // Lowest bit of a word in its row; the ninth bit of a byte exists in words of 9 bits and more only.
  function [4:0] place(input integer width, input [3:0] address);
    case (width)
      1: place = 9 * address[3] + {2'd0, address[2:0]};
      2: place = 9 * address[3] + {2'd0, address[2:1], 1'b0};
      4: place = 9 * address[3] + {2'd0, address[2], 2'd0};
      9: place = 9 * address[3];
      default: place = 0;
    endcase
  endfunction

  function [17:0] ones(input integer width);
    ones = (width >= 18) ? 18'h3ffff : (18'd1 << width) - 18'd1;
  endfunction

  // Bits of the row that a write changes: two byte enables in the low address bits of words of 18 bits.
  function [17:0] changed(input integer width, input [3:0] address);
    changed = (width == 18) ? {{9{address[1]}}, {9{address[0]}}} : ones(width) << place(width, address);
  endfunction

  wire write_a = CEA && WEA;
  wire write_b = CEB && WEB;
  wire [9:0] row_a = (WIDTH_A == 36) ? {ADA[13:5], 1'b0} : ADA[13:4];
  wire [9:0] row_b = (WIDTH_B == 36) ? {ADB[13:5], 1'b0} : ADB[13:4];
  wire [17:0] mask_a = !write_a ? 18'd0 : (WIDTH_A == 36) ? changed(18, {2'd0, ADA[1:0]}) : changed(WIDTH_A, ADA[3:0]);
  wire [17:0] mask_high = (write_a && WIDTH_A == 36) ? changed(18, {2'd0, ADA[3:2]}) : 18'd0;
  wire [17:0] mask_b = write_b ? changed(WIDTH_B, ADB[3:0]) : 18'd0;
  wire [17:0] word_a = (WIDTH_A == 36) ? DIA : DIA << place(WIDTH_A, ADA[3:0]);
  wire [17:0] word_b = DIB << place(WIDTH_B, ADB[3:0]);

  // What port A does to a row, and what port B does.
  function [17:0] from_a(input [9:0] row);
    from_a = (row == row_a) ? mask_a : (WIDTH_A == 36 && row == (row_a | 10'd1)) ? mask_high : 18'd0;
  endfunction
  function [17:0] from_b(input [9:0] row);
    from_b = (row == row_b) ? mask_b : 18'd0;
  endfunction

  wire [17:0] old_a = rows[row_a] ^ from_b(row_a);
  wire [17:0] old_b = rows[row_b] ^ from_a(row_b);
  wire [17:0] high_b = rows[row_b | 10'd1] ^ from_a(row_b | 10'd1);
  wire [17:0] new_a = (old_a & ~mask_a) | (word_a & mask_a);
  wire [17:0] new_b = (old_b & ~mask_b) | (word_b & mask_b);
  wire [17:0] read_a = ((write_a && WRITE_A == 1) ? new_a : old_a) >> place(WIDTH_A, ADA[3:0]);
  wire [17:0] read_b = ((write_b && WRITE_B == 1) ? new_b : old_b) >> place(WIDTH_B, ADB[3:0]);

  always @(posedge CLKA) begin
    if (write_a) begin
      rows[row_a] <= (rows[row_a] & ~mask_a) | (word_a & mask_a);
      if (WIDTH_A == 36) rows[row_a | 10'd1] <= (rows[row_a | 10'd1] & ~mask_high) | (DIB & mask_high);
    end
    if (RSTA) fetched_a <= 0;
    else if (CEA && !(write_a && WRITE_A == 0) && WIDTH_A != 36) fetched_a <= read_a & ones(WIDTH_A);
    if (RSTA) output_a <= 0;
    else if (OCEA) output_a <= fetched_a;
  end

  always @(posedge CLKB) begin
    if (write_b && WIDTH_B != 36) rows[row_b] <= (rows[row_b] & ~mask_b) | (word_b & mask_b);
    if (RSTB) fetched_b <= 0;
    else if (CEB && !(write_b && WRITE_B == 0)) fetched_b <= (WIDTH_B == 36) ? high_b : read_b & ones(WIDTH_B);
    if (RSTB) fetched_low <= 0;
    else if (CEB && !(write_b && WRITE_B == 0)) fetched_low <= old_b;
    if (RSTB) output_b <= 0;
    else if (OCEB) output_b <= fetched_b;
  end

  reg [17:0] output_low;
  initial output_low = 0;
  always @(posedge CLKB) if (RSTB) output_low <= 0; else if (OCEB) output_low <= fetched_low;

  assign DOA = (WIDTH_B == 36) ? ((OUTPUT_B != 0) ? output_low : fetched_low) : (OUTPUT_A != 0) ? output_a : fetched_a;
  assign DOB = (OUTPUT_B != 0) ? output_b : fetched_b;
endmodule

// 18 x 18 bits; each register with clock, enable and reset of its own. The signs have the registers of their factors.
module MULT18X18D #(
  parameter INPUT_A = 0,
  parameter INPUT_B = 0,
  parameter PIPELINE = 0,
  parameter OUTPUT = 0
) (
  input  wire [17:0] A, B,
  input  wire SIGNEDA, SIGNEDB,
  input  wire [3:0] CLK, CE, RST,  // 0 factor A, 1 factor B, 2 pipeline, 3 output
  output wire [35:0] P
);
  reg [18:0] register_a, register_b;
  reg [35:0] register_pipeline, register_output;

  initial begin
    register_a = 0;
    register_b = 0;
    register_pipeline = 0;
    register_output = 0;
  end

  wire [18:0] extended_a = {SIGNEDA && A[17], A};
  wire [18:0] extended_b = {SIGNEDB && B[17], B};
  wire signed [18:0] factor_a = (INPUT_A != 0) ? register_a : extended_a;
  wire signed [18:0] factor_b = (INPUT_B != 0) ? register_b : extended_b;
  wire signed [37:0] product = factor_a * factor_b;
  wire [35:0] later = (PIPELINE != 0) ? register_pipeline : product[35:0];

  always @(posedge CLK[0]) if (RST[0]) register_a <= 0; else if (CE[0]) register_a <= extended_a;
  always @(posedge CLK[1]) if (RST[1]) register_b <= 0; else if (CE[1]) register_b <= extended_b;
  always @(posedge CLK[2]) if (RST[2]) register_pipeline <= 0; else if (CE[2]) register_pipeline <= product[35:0];
  always @(posedge CLK[3]) if (RST[3]) register_output <= 0; else if (CE[3]) register_output <= later;

  assign P = (OUTPUT != 0) ? register_output : later;
  wire unused = &{1'b0, product[37:36]};
endmodule

// 16 words of 4 bits in look-up tables: one write port, reads without a clock.
module DPR16X4 #(
  parameter [63:0] INIT = 0
) (
  input  wire WCK, WRE,
  input  wire [3:0] WAD, DI, RAD,
  output wire [3:0] DO
);
  reg [3:0] words [0:15];
  integer n;
  initial for (n = 0; n < 16; n = n + 1) words[n] = INIT[4 * n +: 4];
  always @(posedge WCK) if (WRE) words[WAD] <= DI;
  assign DO = words[RAD];
endmodule

// The PLL: passes its clock through, because a simulation has one clock, and has lock after some cycles of its feedback. Without
// feedback it has none. That the dividers are those of the board is compared as text.
module EHXPLLL (
  input  wire CLKI,
  input  wire CLKFB,
  output wire CLKOP,
  output reg  LOCK
);
  reg [1:0] waiting;
  initial {LOCK, waiting} = 0;
  assign CLKOP = CLKI;
  always @(posedge CLKFB) begin
    waiting <= waiting + {1'b0, waiting != 2'd3};
    LOCK <= waiting == 2'd3;
  end
endmodule
