// In `multiplier_rows`: rows of AND-AND-add are a product of signed numbers, three cycles later. All widths are full.
reg signed [7:0] weight_1, weight_2, x_1, x_2;
reg signed [15:0] exact;
reg [1:0] age = 0;
always @(posedge clock) begin
  {weight_2, weight_1} <= {weight_1, weight};
  {x_2, x_1} <= {x_1, x};
  exact <= x_2 * weight_2;
  if (age < 3) age <= age + 1;
end

// Invariants: the halves are products with half the weight, the lower without a sign.
wire signed [4:0] weight_low = {1'b0, weight_2[3:0]};
wire signed [3:0] weight_high = weight_2[7:4];
wire signed [12:0] exact_low = x_2 * weight_low;
wire signed [11:0] exact_high = x_2 * weight_high;
always @* begin
  equal: assert (age < 3 || product == exact);
  low_right: assert (age < 2 || low == exact_low);
  high_right: assert (age < 2 || $signed(high) == exact_high);
  largest: cover (age == 3 && product == 16384);
end
