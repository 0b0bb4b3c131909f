// In `link`: nothing is carried out but what a held frame asks. That a held frame has a right CRC is shown in
// frame_receiver_safe.sv; that it stays while it is carried out, here.

(* hierconn *) wire \port.serving ;
wire held = receiver_held;
reg held_before = 0;
always @(posedge clock) held_before <= held && !reset && !port_discard;

always @* begin
  write_is_asked: assert (!host_write || held);
  read_is_asked: assert (!host_read || held);
  run_is_asked: assert (!run || held);
  answer_is_asked: assert (!port_send || held);
  stays: assert (!held_before || held);
  serves_what_is_held: assert (!\port.serving || held);
  writes: cover (host_write);
  runs: cover (run);
end
