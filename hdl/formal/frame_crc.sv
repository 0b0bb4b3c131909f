// In `frame_receiver`: the check sums of docs/reference/frames.md, written from that page and another way round than
// the hardware: highest power first, the bits of a byte from the lowest on for CRC-32.

function [31:0] spec_crc32(input [31:0] before, input [7:0] octet);
  integer i;
  begin
    spec_crc32 = before;
    for (i = 0; i < 8; i = i + 1)
      spec_crc32 = {spec_crc32[30:0], 1'b0} ^ ((spec_crc32[31] ^ octet[i]) ? 32'h04C1_1DB7 : 32'd0);
  end
endfunction

function [31:0] reflected(input [31:0] word);
  integer i;
  for (i = 0; i < 32; i = i + 1) reflected[i] = word[31 - i];
endfunction

function [7:0] spec_crc8(input [7:0] before, input [7:0] octet);
  integer i;
  begin
    spec_crc8 = before;
    for (i = 7; i >= 0; i = i - 1)
      spec_crc8 = {spec_crc8[6:0], 1'b0} ^ ((spec_crc8[7] ^ octet[i]) ? 8'h07 : 8'd0);
  end
endfunction
