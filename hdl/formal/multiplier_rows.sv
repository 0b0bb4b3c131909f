// In `multiplier_rows`: rows of AND-AND-add are a product of signed numbers, three cycles later. All widths are full.
reg signed [7:0] weight_1, weight_2, weight_3, x_1, x_2, x_3;
reg [1:0] age = 0;
always @(posedge clock) begin
  {weight_3, weight_2, weight_1} <= {weight_2, weight_1, weight};
  {x_3, x_2, x_1} <= {x_2, x_1, x};
  if (age < 3) age <= age + 1;
end
wire signed [15:0] exact = weight_3 * x_3;
always @* begin
  equal: assert (age < 3 || product == exact);
  largest: cover (age == 3 && product == 16384);
end
