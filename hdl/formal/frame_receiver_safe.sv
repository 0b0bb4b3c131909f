// In `frame_receiver`, behind frame_crc.sv: what is held is a frame that was received, byte for byte, with a right CRC.
//
// The specification keeps its own record of the bytes taken from the line: the last five; and since a header was found
// their number, their CRC (the header is added to it in five cycles, in which no byte is taken), whether a byte of the
// trailer was wrong, and one word of the payload, any.

reg [7:0] past_0 = 0, past_1 = 0, past_2 = 0, past_3 = 0, past_4 = 0;
reg [2:0] genuine = 0;
reg [39:0] header = 0;
reg [2:0] header_left = 0;
reg [31:0] sum;
reg [11:0] got;
reg [7:0] got_kind, got_number;
reg [15:0] got_length;
reg trailer_wrong;
(* anyconst *) wire [7:0] any_index;
reg [31:0] any_word;
reg [7:0] asked_index;
reg was_held = 0;

wire [7:0] header_check = spec_crc8(spec_crc8(spec_crc8(spec_crc8(8'd0, past_3), past_2), past_1), past_0);
wire [31:0] check_sum = ~reflected(sum);
wire [1:0] trailer_at = got - got_length;

always @(posedge clock) begin
  if (taken) {past_4, past_3, past_2, past_1, past_0} <= {past_3, past_2, past_1, past_0, rx_data};
  if (found) begin
    {got_kind, got_number, got_length} <= {past_3, past_2, past_0, past_1};
    header <= {past_3, past_2, past_1, past_0, rx_data};
    header_left <= 5;
    sum <= 32'hFFFF_FFFF;
    got <= 0;
    trailer_wrong <= 0;
  end else if (header_left != 0) begin
    sum <= spec_crc32(sum, header[39:32]);
    header <= {header[31:0], 8'd0};
    header_left <= header_left - 1;
  end else if (taken && state != Receiving_Hunt) begin
    got <= got + 1;
    if (got < got_length) begin
      sum <= spec_crc32(sum, rx_data);
      if (got[9:2] == any_index) any_word[8 * got[1:0] +: 8] <= rx_data;
    end else if (rx_data != check_sum[8 * trailer_at +: 8]) trailer_wrong <= 1;
  end
  if (reset) header_left <= 0;
  // How many bytes of the window were received since it was last emptied.
  if (reset || state != Receiving_Hunt) genuine <= 0;
  else if (taken && genuine < 5) genuine <= genuine + 1;
  asked_index <= index;
  was_held <= held && !reset;
end

// Specification.
wire word_asked = held && was_held && asked_index == any_index && 4 * any_index + 4 <= got_length;
always @* begin
  header_right: assert (!found || (past_4 == 8'hA5 && header_check == rx_data && {past_0, past_1} <= 1024));
  header_in_peace: assert (!(taken && header_left != 0));
  never_a_bad_crc: assert (!held || !trailer_wrong);
  whole: assert (!held || got == got_length + 4);
  fields_right: assert (!held || {kind, number, 5'd0, length} == {got_kind, got_number, got_length});
  payload_right: assert (!word_asked || word == any_word);
  one_at_a_time: assert (!held || !rx_ready);
end

// Invariants: the state of the receiver in terms of the record.
(* hierconn *) wire [7:0] \buffer.probe_address ;
(* hierconn *) wire [31:0] \buffer.probe_word ;
assign \buffer.probe_address = any_index;

// While the right trailer passes, the CRC forgets a byte after the other of what it was; a constant remains. A wrong byte
// leaves a difference in the bytes above those that are still to come, so that nothing can undo it.
wire [2:0] passed = state == Receiving_Trailer ? count[2:0] : 3'd4;
wire [31:0] wanted =
  passed == 0 ? reflected(sum) :
  passed == 1 ? (reflected(sum) >> 8) ^ 32'h2D02_EF8D :
  passed == 2 ? (reflected(sum) >> 16) ^ 32'hBE26_12FF :
  passed == 3 ? (reflected(sum) >> 24) ^ 32'h00BE_2612 : 32'hDEBB_20E3;
wire [31:0] difference = crc_state_2 ^ wanted;
wire trailing = state == Receiving_Trailer || state == Receiving_Verify;
wire busy = state != Receiving_Hunt;
wire in_word = state == Receiving_Payload && count[10:2] == any_index;

always @* begin
  named_state: assert (state <= Receiving_Held);
  window_is_past: assert (busy || (
    (genuine <= 0 || window_0 == past_0) && (genuine <= 1 || window_1 == past_1) && (genuine <= 2 || window_2 == past_2) &&
    (genuine <= 3 || window_3 == past_3) && (genuine <= 4 || window_4 == past_4)));
  window_else_empty: assert (busy || (
    (genuine > 0 || window_0 == 0) && (genuine > 1 || window_1 == 0) && (genuine > 2 || window_2 == 0) &&
    (genuine > 3 || window_3 == 0) && (genuine > 4 || window_4 == 0)));
  at_start_means: assert (!at_start || (!busy && window_4 == 8'hA5 && fits == ({window_0, window_1} <= 1024) &&
    expected_check == spec_crc8(spec_crc8(spec_crc8(spec_crc8(8'd0, window_3), window_2), window_1), window_0)));
  genuine_range: assert (genuine <= 5);
  window_emptied: assert (!(state >= Receiving_Payload) || {window_0, window_1, window_2, window_3, window_4} == 0);
  fields_kept: assert (!busy || ({kind_q, number_q, 5'd0, length_q} == {got_kind, got_number, got_length} && length_q <= 1024));
  in_header: assert (state != Receiving_Header || (got == 0 && count <= 4 && header_left == 5 - count && !trailer_wrong &&
    {window_4, window_3, window_2, window_1, window_0} == header && crc_state_2 == reflected(sum)));
  header_emptying: assert (state != Receiving_Header || 40'(header << 8 * (5 - count)) == 0);
  header_passed: assert (state == Receiving_Header || header_left == 0);
  in_payload: assert (state != Receiving_Payload ||
    (got == count && count < length_q && !trailer_wrong && crc_state_2 == reflected(sum)));
  in_trailer: assert (state != Receiving_Trailer || (count <= 3 && got == got_length + count));
  in_verify: assert (state != Receiving_Verify || (count == 4 && got == got_length + 4));
  right_so_far: assert (!trailing || trailer_wrong || difference == 0);
  wrong_for_good: assert (!trailing || !trailer_wrong || difference >> (32 - 8 * passed) != 0);
  assembling: assert (!in_word || (
    (count[1:0] != 1 || assembled[23:16] == any_word[7:0]) &&
    (count[1:0] != 2 || assembled[23:8] == any_word[15:0]) &&
    (count[1:0] != 3 || assembled == any_word[23:0])));
  stored: assert (!(busy && got >= 4 * any_index + 4 && got_length >= 4 * any_index + 4) || \buffer.probe_word == any_word);
end

// Not vacuous: frames are held, with and without payload; a bad CRC is turned down.
always @* begin
  holds_empty: cover (held && got_length == 0);
  holds_payload: cover (word_asked);
  turns_down: cover (state == Receiving_Verify && trailer_wrong);
end
