// In `crc32`, behind frame_crc.sv: one byte of the hardware is one byte of the specification, for every state.
always @* begin
  byte_step: assert (after == reflected(spec_crc32(reflected(state), octet)));
  moves: cover (after != state);
end
