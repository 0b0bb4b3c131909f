// In `lane`: section 3 of docs/numerics.md around the multipliers, which lane_multiplier_free.sv stands for here and
// lane_multiplier.sv looks at. Before them t = sat18(shift(acc + bias, 24 - s)), and the same of the residual operand; behind
// them y = sat(rhu(u + v, 8) + z, lo, hi), or with the larger of u and v. Digits are the cycles of the ports of `lane`.

reg [3:0] age = 0;
always @(posedge clock) if (age < 7) age <= age + 1;

// From 5 to 8.
reg signed [35:0] acc_6;
reg signed [8:0] centred_6;
reg signed [59:0] shifted_7, shifted_8;
reg signed [32:0] residual_7, residual_8;
wire signed [59:0] wide_6 = {acc_6, 24'd0};
wire signed [32:0] residual_6 = {centred_6, 24'd0};
always @(posedge clock) begin
  acc_6 <= column + bias;
  centred_6 <= residual - residual_zero;
  shifted_7 <= wide_6 >>> shift;
  residual_7 <= residual_6 >>> residual_shift;
  {shifted_8, residual_8} <= {shifted_7, residual_7};
end
wire signed [17:0] t_8 = shifted_8 > 131071 ? 18'sd131071 : shifted_8 < -131072 ? -18'sd131072 : shifted_8[17:0];
wire signed [17:0] r_8 = residual_8 > 131071 ? 18'sd131071 : residual_8 < -131072 ? -18'sd131072 : residual_8[17:0];
(* hierconn *) wire signed [17:0] \scale.operand ;
(* hierconn *) wire [15:0] \scale.multiplier ;
(* hierconn *) wire signed [17:0] \residual_scale.operand ;
(* hierconn *) wire [15:0] \residual_scale.multiplier ;

// From 10 to 17.
reg signed [21:0] u_11, v_11, term_12, moved_13, y_14, y_15, y_16, y_17;
always @(posedge clock) begin
  {u_11, v_11} <= {22'(scale_early), 22'(residual_scale_early)};
  term_12 <= !residual_max ? u_11 + v_11 : u_11 > v_11 ? u_11 : v_11;
  moved_13 <= ((term_12 + 128) >>> 8) + zero;
  y_14 <= moved_13 < clamp_low ? 22'(clamp_low) : moved_13 > clamp_high ? 22'(clamp_high) : moved_13;
  {y_17, y_16, y_15} <= {y_16, y_15, y_14};
end

// The compiler keeps accumulators below 2^34 (section 4) and orders the limits; gaps are computed beside them, and come a cycle earlier, with the zero.
reg signed [8:0] low_gap_13, high_gap_13;
reg signed [7:0] zero_13;
always @(posedge clock) {low_gap_13, high_gap_13, zero_13} <= {low_gap, high_gap, zero};
wire signed [35:0] acc_5 = column + bias;
always @* begin
  assume (acc_5 < 36'sd17179869184 && acc_5 >= -36'sd17179869184);
  assume (age == 0 || low_gap_13 == clamp_low - zero_13);
  assume (age == 0 || high_gap_13 == clamp_high - zero_13);
  assume (clamp_low <= clamp_high);
  assume (!use_table);
end
always @* begin
  operand_right: assert (age < 3 || \scale.operand == t_8);
  residual_right: assert (age < 3 || \residual_scale.operand == r_8);
  multipliers_right: assert (\scale.multiplier == multiplier && \residual_scale.multiplier == residual_multiplier);
  scaled_right: assert (age == 0 || 22'(scaled) == u_11);
  result_right: assert (age < 7 || result == y_17);
  saturates: cover (age == 7 && t_8 == -131072 && shifted_8 < -131072);
  tie: cover (age == 7 && result == 1 && y_17 == 1);
  clamps: cover (age == 7 && result == 6 && y_17 == 6);
end
