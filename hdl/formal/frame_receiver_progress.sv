// In `frame_receiver`: it finds back. `rank` is the most clock cycles in which it works or takes a byte until it hunts with
// no start byte in the window, provided that no byte is a start byte from now on and held frames are discarded. Each such
// cycle lowers it, from every state whatsoever of the registers, but for three which do not occur: a state without a name,
// a payload of length 0, and what is made ready with a byte (`at_start`, `fits`) not being what the window says (`sane`).

wire [14:0] newest =
  window_0 == start_byte ? 5 : window_1 == start_byte ? 4 : window_2 == start_byte ? 3 :
  window_3 == start_byte ? 2 : window_4 == start_byte ? 1 : 0;
wire [10:0] header_more = header_last - count;
wire [10:0] payload_more = length_q - 11'd1 - count;
wire [10:0] trailer_more = trailer_last - count;
wire [14:0] of_header = state == Receiving_Header ? 15'(header_more) + 1 : 0;
wire [14:0] of_payload =
  state == Receiving_Header ? 15'(length_q) : state == Receiving_Payload ? 15'(payload_more) + 1 : 0;
wire [14:0] of_trailer =
  state == Receiving_Header || state == Receiving_Payload ? 4 : state == Receiving_Trailer ? 15'(trailer_more) + 1 : 0;
wire [14:0] of_end = state == Receiving_Hunt ? 0 : state == Receiving_Held ? 1 : 2;
wire [14:0] remaining = of_header + of_payload + of_trailer + of_end;

// A start byte in the window may become a header that was never meant: 5 bytes, and then a longest frame. The header state
// shifts it out, if it lasts long enough.
localparam longest_wait = 5 + 1024 + 4 + 2;
wire leftover = newest != 0 && (state != Receiving_Header || of_header < newest);
wire [14:0] rank = !leftover ? remaining :
  state == Receiving_Hunt ? longest_wait + newest : longest_wait + 5 + remaining;

wire ready = state == Receiving_Hunt && window_4 == start_byte && fits == ({window_0, window_1} <= longest);
wire sane = state <= Receiving_Held && !(state == Receiving_Payload && length_q == 0) && (!at_start || ready);
wire working = state == Receiving_Header || state == Receiving_Verify || state == Receiving_Held || taken;

reg [14:0] rank_before;
reg calm = 0, calm_working;
always @(posedge clock) begin
  rank_before <= rank;
  calm <= sane && !reset && discard && rx_data != start_byte;
  calm_working <= working;
end
wire lower = rank_before == 0 ? rank == 0 : rank < rank_before;
always @* begin
  progress: assert (!(calm && calm_working) || lower);
  no_regress: assert (!(calm && !calm_working) || rank == rank_before);
  ends_hunting: assert (rank != 0 || (state == Receiving_Hunt && newest == 0));
  longest_way: cover (calm && calm_working && rank == longest_wait && rank_before == longest_wait + 1);
end
