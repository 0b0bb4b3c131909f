// In `lane_shift_*`: t = sat18(shift(acc, 16 + G - s)) of docs/numerics.md, written with all bits there are.
reg signed [$bits(value)-1:0] value_1, value_2;
reg [5:0] shift_1, shift_2;
reg [1:0] age = 0;
always @(posedge clock) begin
  {value_2, shift_2} <= {value_1, shift_1};
  {value_1, shift_1} <= {value, shift};
  if (age < 2) age <= age + 1;
end
wire signed [$bits(value)+23:0] wide = {value_2, 24'd0};
wire signed [$bits(value)+23:0] shifted = wide >>> shift_2;
wire signed [17:0] saturated = shifted > 131071 ? 18'sd131071 : shifted < -131072 ? -18'sd131072 : shifted[17:0];
always @* begin
  equal: assert (age < 2 || operand == saturated);
  saturates_high: cover (age == 2 && operand == 131071 && shifted > 131071);
  saturates_low: cover (age == 2 && operand == -131072 && shifted < -131072);
  rounds_down: cover (age == 2 && operand == -1 && value_2 == -3);
end
