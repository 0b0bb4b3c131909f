// In `frame_receiver`, behind frame_receiver_safe.sv and frame_receiver_progress.sv: in states that occur the way back is
// at most 5 bytes and a longest frame.
always @* begin
  always_sane: assert (sane);
  bound: assert (rank <= longest_wait + 5);
end
