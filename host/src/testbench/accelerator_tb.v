// Self-checking test bench of the accelerator {arch}: a recorded session over its byte link.
// Identity, program, weights, input; run, {cycles} cycles; counters, start of every instruction, result.
// Run it in the folder of its .hex files. STALLS = 1: both directions pause at random.
module accelerator_tb #(parameter STALLS = {stalls});
  localparam REQUESTS = {requests};
  localparam ANSWERS = {answers};
  localparam PROGRAM_CYCLES = {cycles};
  localparam PATIENCE = {patience};

  reg clock = 0;
  reg reset = 1;
  reg [31:0] random = 32'd{random};
  always #5 clock = !clock;

  // Bytes to the device. Bit 8: not before the program has ended.
  reg [8:0] requests [0:REQUESTS - 1];
  initial $readmemh("accelerator_requests.hex", requests);
  integer sent = 0;
  reg rx_valid = 0;
  wire rx_ready, done;
  wire rx_taken = rx_valid && rx_ready;
  wire [31:0] next = sent + (rx_taken ? 1 : 0);
  wire [8:0] request = requests[next < REQUESTS ? next : 0];
  wire [8:0] offered = requests[sent < REQUESTS ? sent : 0];
  wire may_send = next < REQUESTS && (!request[8] || done) && !(STALLS != 0 && random[5]);

  // Bytes from the device.
  reg [7:0] answers [0:ANSWERS - 1];
  initial $readmemh("accelerator_answers.hex", answers);
  integer received = 0, errors = 0, cycles = 0, busy_cycles = 0;
  reg tx_ready = 0;
  wire tx_valid, busy, fault;
  wire [7:0] tx_data;
  wire wrong = tx_data !== answers[received < ANSWERS ? received : 0];

  always @(posedge clock) begin
    random <= {random[30:0], random[31] ^ random[21] ^ random[1] ^ random[0]};
    cycles <= cycles + 1;
    reset <= cycles < 8;
    tx_ready <= !reset && !(STALLS != 0 && random[14]);
    if (!reset) begin
      if (busy) busy_cycles <= busy_cycles + 1;
      if (rx_taken) sent <= sent + 1;
      if (rx_taken || !rx_valid) rx_valid <= may_send;
      if (tx_valid && tx_ready) begin
        if (wrong) begin
          errors <= errors + 1;
          if (errors < 10) $display("answer byte %0d: got %h, expected %h", received, tx_data, answers[received]);
        end
        received <= received + 1;
        if (received == ANSWERS - 1) begin
          if (fault) $display("FAIL: the device reports a fault");
          if (busy_cycles != PROGRAM_CYCLES) $display("FAIL: the program took %0d cycles, expected %0d", busy_cycles, PROGRAM_CYCLES);
          if (errors == 0 && !wrong)
            $display("PASS: {answers} answer bytes; program %0d cycles, session %0d cycles", busy_cycles, cycles);
          else $display("FAIL: %0d of {answers} answer bytes differ", errors + (wrong ? 1 : 0));
          $finish;
        end
      end
      if (cycles > PATIENCE) begin
        $display("FAIL: only %0d of {answers} answer bytes came, %0d of {requests} request bytes were taken", received, sent);
        $finish;
      end
    end
  end

  accelerator dut (
    .clock(clock), .reset(reset),
    .rx_data(offered[7:0]), .rx_valid(rx_valid), .rx_ready(rx_ready),
    .rx_framing(1'b0), .rx_lost(1'b0),
    .tx_data(tx_data), .tx_valid(tx_valid), .tx_ready(tx_ready),
    .busy(busy), .done(done), .fault(fault));
endmodule
