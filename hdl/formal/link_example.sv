// In `link`, for cover statements: the line brings the first request of a host, a write of 1 to the register `run` or to `session`.

(* anyconst *) wire to_run;
wire [143:0] line = to_run ?
  144'hA5_02_00_08_00_84_10_00_00_00_01_00_00_00_81_15_55_2A :
  144'hA5_02_00_08_00_84_16_00_00_00_01_00_00_00_06_1C_3A_EC;
reg [4:0] line_at = 0;
always @(posedge clock) if (rx_valid && rx_ready && line_at < 18) line_at <= line_at + 1;
always @* begin
  assume (!reset && !running && tx_ready && rx_valid == (line_at < 18));
  assume (line_at == 18 || rx_data == line[8 * (17 - line_at) +: 8]);
end
