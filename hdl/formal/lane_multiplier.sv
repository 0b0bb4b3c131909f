// In `lane_multiplier`: u = (t * M) >> 16 of docs/numerics.md: the floor of the product of a number with a sign and one without.
//
// All widths are full. Hardware and specification hold the same multiplication, so that what is shown is everything around
// it: signs, widths, the bits that are kept, the cycles. That `*` multiplies is not in question.
reg signed [17:0] operand_1 = 0;
reg [15:0] multiplier_1 = 0;
reg signed [33:0] exact = 0;
reg signed [33:0] exact_before = 0;
wire signed [33:0] whole_of_registers = operand_register * $signed({1'b0, multiplier_register});
always @(posedge clock) begin
  operand_1 <= operand;
  multiplier_1 <= multiplier;
  exact <= whole_of_registers;
  exact_before <= exact;
end
wire signed [33:0] floor = exact >>> 16;
wire signed [33:0] floor_before = exact_before >>> 16;
always @* begin
  operands: assert (operand_register == operand_1 && multiplier_register == multiplier_1);
  early_right: assert (early == floor);
  scaled_right: assert (scaled == floor_before);
  rounds_down: cover (scaled == -1 && exact_before == -16'sd30000);
end
