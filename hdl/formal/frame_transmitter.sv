// In `frame_transmitter`: a byte that is offered stays until it is taken.
reg waiting = 0;
reg [7:0] offered;
always @(posedge clock) begin
  waiting <= tx_valid && !tx_ready && !reset;
  offered <= tx_data;
end
always @* begin
  stays_valid: assert (!waiting || tx_valid);
  stays_equal: assert (!waiting || tx_data == offered);
  waits: cover (waiting && !idle);
end
