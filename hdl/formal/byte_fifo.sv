// In `byte_fifo`: a queue loses nothing, invents nothing, and keeps the order.
//
// The specification sees the ports only: `inside` counts bytes, and one byte, marked at any time, is followed by the
// number of bytes before it. What is true of any marked byte is true of all. The invariants below it tie that to
// indices and memory, so that one step of induction is enough.

wire popped = valid && ready;
wire pushed = push && !lost;

reg [7:0] inside = 0;
(* anyseq *) wire mark;
reg marked = 0;
reg [7:0] marked_byte;
reg [7:0] ahead;
reg [$bits(read_index)-1:0] slot;

always @(posedge clock) begin
  inside <= inside + pushed - popped;
  if (pushed && mark && !marked) begin
    marked <= 1;
    marked_byte <= data;
    ahead <= inside - popped;
    slot <= write_index;
  end else if (marked && popped) begin
    ahead <= ahead - 1;
    if (ahead == 0) marked <= 0;
  end
  if (reset) begin
    inside <= 0;
    marked <= 0;
  end
end

// Specification.
always @* begin
  full_only_loses: assert (lost == (push && inside == depth));
  no_overflow: assert (inside <= depth);
  no_underflow: assert (!(popped && inside == 0));
  shown_soon: assert (valid || inside <= 1);
  order: assert (!(marked && popped && ahead == 0) || front == marked_byte);
  still_inside: assert (!marked || ahead < inside);
end
reg waited = 0;
always @(posedge clock) waited <= !reset && inside - popped > 0;
always @* shown_next: assert (valid == waited);

// Invariants.
wire [$bits(read_index)-1:0] index_distance = write_index - read_index;
wire [$bits(read_index)-1:0] slot_distance = slot - read_index;
(* hierconn *) wire [$bits(read_index)-1:0] \memory.probe_address ;
(* hierconn *) wire [7:0] \memory.probe_word ;
assign \memory.probe_address = slot;
always @* begin
  count_right: assert (level == inside);
  indices: assert (index_distance == level[$bits(read_index)-1:0]);
  slot_right: assert (!marked || slot_distance == ahead[$bits(read_index)-1:0]);
  stored: assert (!marked || \memory.probe_word == marked_byte);
  fetched_right: assert (!(marked && valid && ahead == 0) || front == marked_byte);
end

// Not vacuous: it fills, a marked byte passes through a queue that was full, it drains.
reg was_full = 0;
always @(posedge clock) was_full <= !reset && (was_full || inside == depth);
always @* begin
  fills: cover (lost);
  passes: cover (was_full && marked && popped && ahead == 0);
  drains: cover (was_full && inside == 0);
end
