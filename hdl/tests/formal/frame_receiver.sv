  // CRC-32 by its definition, bit by bit.
  function [31:0] one (input [31:0] crc, input [7:0] octet);
    integer i;
    begin
      one = crc ^ {24'd0, octet};
      for (i = 0; i < 8; i = i + 1) one = one[0] ? (one >> 1) ^ 32'hEDB88320 : one >> 1;
    end
  endfunction
  wire hunting = state == Receiving_Hunt;
  wire heading = state == Receiving_Header;
  wire paying = state == Receiving_Payload;
  wire trailing = state == Receiving_Trailer;
  reg [31:0] expected; // of type, number, length, check, then payload and CRC as they came
  reg [39:0] header;   // the five bytes, type on top
  reg [10:0] left;
  wire [10:0] owed = paying ? length_q - count + 11'd4 : 11'd4 - count;
  reg bound, before_taken;
  initial {expected, header, left, bound, before_taken} = 0;
  always @(posedge clock) begin
    if (hunting && found) begin
      expected <= 32'hFFFFFFFF;
      header <= {window_3, window_2, window_1, window_0, rx_data};
    end else if (heading) begin
      expected <= one(expected, header[39:32]);
      header <= header << 8;
    end else if ((paying || trailing) && taken) expected <= one(expected, rx_data);
    left <= owed;
    bound <= (paying || trailing) && !reset;
    before_taken <= taken;
  end
  always @* begin
    assert (state <= Receiving_Held);
    // A frame that is handed out has the right CRC over all its bytes.
    assert (!held || expected == 32'hDEBB20E3);
    assert (hunting || crc_state_2 == expected);
    assert (!heading || count <= 4);
    assert (!heading || header[39:32] == window_4);
    assert (!heading || count > 3 || header[31:24] == window_3);
    assert (!heading || count > 2 || header[23:16] == window_2);
    assert (!heading || count > 1 || header[15:8] == window_1);
    assert (!heading || count > 0 || header[7:0] == window_0);
    // It finds its way back: a frame ends after at most 1028 bytes, and each byte brings the end nearer.
    assert (length_q <= 1024);
    assert (!paying || count < length_q);
    assert (!trailing || count < 4);
    assert (!(paying || trailing) || owed <= 1028);
    assert (!bound || state == Receiving_Verify || ((paying || trailing) && owed == left - {10'd0, before_taken}));
    assert (rx_ready == (hunting || paying || trailing));
  end
