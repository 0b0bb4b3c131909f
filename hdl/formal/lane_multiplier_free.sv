// Stands for `lane_multiplier` in lane.sv: any product, and what is early comes again one cycle later.
module lane_multiplier (
  input  wire clock,
  input  wire signed [17:0] operand,
  input  wire [15:0] multiplier,
  output wire signed [17:0] scaled,
  output wire signed [17:0] early
);
  (* anyseq *) wire signed [17:0] product;
  reg signed [17:0] output_register;
  assign early = product;
  assign scaled = output_register;
  always @(posedge clock) output_register <= product;
endmodule
