// In `frame_receiver`, behind frame_crc.sv: a good frame is accepted. A sender begins whenever the receiver hunts and no start
// byte is in its window (frame_receiver_progress.sv: it gets there), and sends any good frame, of any length and with any
// pauses. Two cycles after the last byte the receiver holds this frame.

(* anyconst *) wire [7:0] sent_kind;
(* anyconst *) wire [7:0] sent_number;
(* anyconst *) wire [15:0] sent_length;
(* anyseq *) wire begins;
reg sending = 0;
reg [11:0] position = 0;
reg [31:0] sum;
reg [39:0] header;
reg [2:0] header_left = 0;
reg [1:0] complete = 0;

wire [7:0] sent_check =
  spec_crc8(spec_crc8(spec_crc8(spec_crc8(8'd0, sent_kind), sent_number), sent_length[7:0]), sent_length[15:8]);
wire [39:0] rest = {sent_kind, sent_number, sent_length[7:0], sent_length[15:8], sent_check};
wire [31:0] check_sum = ~reflected(sum);
wire [11:0] payload_end = 6 + sent_length[10:0];
wire [1:0] trailer_at = position - payload_end;
wire in_payload = position >= 6 && position < payload_end;
wire [7:0] sent =
  position == 0 ? 8'hA5 : position == 1 ? sent_kind : position == 2 ? sent_number : position == 3 ? sent_length[7:0] :
  position == 4 ? sent_length[15:8] : position == 5 ? sent_check : in_payload ? rx_data : check_sum[8 * trailer_at +: 8];
wire clean = window_0 != start_byte && window_1 != start_byte && window_2 != start_byte && window_3 != start_byte &&
  window_4 != start_byte;
wire last = position == payload_end + 3;

always @* begin
  assume (sent_length <= 1024);
  assume (!sending || rx_data == sent);
  assume (!(sending || complete != 0) || !reset);
end

always @(posedge clock) begin
  complete <= {complete[0], sending && taken && last};
  if (!sending) begin
    position <= 0;
    sending <= begins && state == Receiving_Hunt && clean && !taken && !reset;
  end else if (taken) begin
    position <= position + 1;
    if (in_payload) sum <= spec_crc32(sum, rx_data);
    if (last) sending <= 0;
  end
  // The CRC of the header: five cycles, in which no byte is taken.
  if (sending && taken && position == 5) begin
    header <= rest;
    header_left <= 5;
    sum <= 32'hFFFF_FFFF;
  end else if (header_left != 0) begin
    sum <= spec_crc32(sum, header[39:32]);
    header <= {header[31:0], 8'd0};
    header_left <= header_left - 1;
  end
end

// Specification.
always @* begin
  accepted: assert (!complete[1] || (held && kind == sent_kind && number == sent_number && length == sent_length[10:0]));
end

// Invariants: where the receiver is, given the position of the sender.
wire hunting = state == Receiving_Hunt;
wire [39:0] window = {window_4, window_3, window_2, window_1, window_0};
wire [11:0] trailed = position - payload_end;
wire in_trailer = position >= payload_end;
wire fields = kind_q == sent_kind && number_q == sent_number && length_q == sent_length[10:0];
wire passed_header = sending && position == 6 && state == Receiving_Header;

always @* begin
  range: assert (position <= payload_end + 4 && (!sending || position < payload_end + 4));
  hunts: assert (!sending || hunting == (position < 6));
  window_clean: assert (!(sending && position == 0) || clean);
  window_1_in: assert (!(sending && position == 1) || (window_0 == 8'hA5 && window_1 != 8'hA5 && window_2 != 8'hA5 && window_3 != 8'hA5 && window_4 != 8'hA5));
  window_2_in: assert (!(sending && position == 2) || (window[15:0] == {8'hA5, rest[39:32]} && window_2 != 8'hA5 && window_3 != 8'hA5 && window_4 != 8'hA5));
  window_3_in: assert (!(sending && position == 3) || (window[23:0] == {8'hA5, rest[39:24]} && window_3 != 8'hA5 && window_4 != 8'hA5));
  window_4_in: assert (!(sending && position == 4) || (window[31:0] == {8'hA5, rest[39:16]} && window_4 != 8'hA5));
  window_5_in: assert (!(sending && position == 5) || window == {8'hA5, rest[39:8]});
  at_start_means: assert (!at_start || (hunting && window_4 == 8'hA5));
  check_ready: assert (!(sending && position == 5) || (at_start && fits && expected_check == rest[7:0]));
  fields_kept: assert (!(sending && position >= 6) || fields);
  in_header: assert (!passed_header || (count <= 4 && header_left == 5 - count && window == header &&
    40'(header << 8 * (5 - count)) == 0 && crc_state_2 == reflected(sum)));
  header_passed: assert (header_left == 0 || passed_header);
  header_in_peace: assert (!(taken && header_left != 0));
  behind_header: assert (!(sending && position > 6) || state == (in_trailer ? Receiving_Trailer : Receiving_Payload));
  at_six: assert (!(sending && position == 6) || state == Receiving_Header ||
    state == (in_trailer ? Receiving_Trailer : Receiving_Payload));
  in_payload_too: assert (!(sending && state == Receiving_Payload) || (count == position - 6 && crc_state_2 == reflected(sum)));
  in_trailer_too: assert (!(sending && state == Receiving_Trailer) || (count == trailed && crc_state_2 == (
    trailed == 0 ? reflected(sum) :
    trailed == 1 ? (reflected(sum) >> 8) ^ 32'h2D02_EF8D :
    trailed == 2 ? (reflected(sum) >> 16) ^ 32'hBE26_12FF : (reflected(sum) >> 24) ^ 32'h00BE_2612)));
  verifies: assert (!complete[0] || (state == Receiving_Verify && crc_state_2 == residue && fields));
  complete_once: assert (!(complete[0] && complete[1]) && !(sending && complete != 0 && !complete[1]));
end

// Not vacuous.
always @* begin
  accepts_empty: cover (complete[1] && sent_length == 0);
  accepts_payload: cover (complete[1] && sent_length == 8);
  accepts_start_bytes: cover (complete[1] && sent_kind == 8'hA5 && sent_number == 8'hA5);
end
