// Loops of the matrix multiplication: for tile, row, step.
module matmul_control (
  input  wire clock,
  input  wire reset,
  input  wire go,
  input  wire [15:0] m_rows,
  input  wire [11:0] k_steps,
  input  wire [11:0] n_tiles,
  input  wire offered, // an activation word waits on the stream
  input  wire taken, // a result vector left the queue
  output wire take,
  output wire slot, // one vector enters the array
  output wire first,
  output wire last,
  output wire streaming,
  output wire [5:0] word,
  output wire [5:0] weight
);
  localparam [4:0] room = 5'd16;

  wire step_end;
  wire row_end;
  wire tile_end;
  wire issue;
  wire in_first;
  reg  [11:0] step;
  reg  [15:0] row;
  reg  [11:0] tile;
  reg  [5:0] word_index;
  reg  [5:0] weight_index;
  reg  [5:0] tile_weight;
  reg  [4:0] under_way;
  reg  finished;

  assign take = issue && in_first;
  assign slot = issue;
  assign first = issue && (step == 12'd0);
  assign last = issue && step_end;
  assign streaming = in_first;
  assign word = word_index;
  assign weight = weight_index;
  assign step_end = (13'(step) + 13'd1) == 13'(k_steps);
  assign row_end = (17'(row) + 17'd1) == 17'(m_rows);
  assign tile_end = (13'(tile) + 13'd1) == 13'(n_tiles);
  assign issue = go && !finished && (offered || !in_first) && ((step != 12'd0) || (under_way < room));
  assign in_first = tile == 12'd0;

  initial begin
    step = 12'd0;
    row = 16'd0;
    tile = 12'd0;
    word_index = 6'd0;
    weight_index = 6'd0;
    tile_weight = 6'd0;
    under_way = 5'd0;
    finished = 1'd0;
  end

  always @(posedge clock) begin
    if (issue && (step == 12'd0) && !taken) begin
      under_way <= under_way + 5'd1;
    end
    if ((!issue || (step != 12'd0)) && taken) begin
      under_way <= under_way - 5'd1;
    end
    if (issue) begin
      word_index <= word_index + 6'd1;
      weight_index <= weight_index + 6'd1;
      step <= step + 12'd1;
      if (step_end) begin
        step <= 12'd0;
        weight_index <= tile_weight;
        row <= row + 16'd1;
        if (row_end) begin
          row <= 16'd0;
          word_index <= 6'd0;
          tile <= tile + 12'd1;
          tile_weight <= weight_index + 6'd1;
          weight_index <= weight_index + 6'd1;
          finished <= tile_end;
        end
      end
    end
    if (reset || !go) begin
      step <= 12'd0;
      row <= 16'd0;
      tile <= 12'd0;
      word_index <= 6'd0;
      weight_index <= 6'd0;
      tile_weight <= 6'd0;
      finished <= 1'b0;
    end
    if (reset) begin
      under_way <= 5'd0;
    end
  end
endmodule

// Memory of 64 words of 8 bits. Data come 2 cycles after their address.
// Nobody uses a word that is read while it is written.
module registered_ram_64x8 (
  input  wire clock,
  input  wire write_enable,
  input  wire [5:0] write_address,
  input  wire [7:0] write_data,
  input  wire [5:0] read_address,
  output wire [7:0] read_data
);
  (* ram_style = "block", no_rw_check *) reg [7:0] words [0:63];
  reg [7:0] fetched;
  initial fetched = 0;
  reg [7:0] output_register;
  initial output_register = 0;
  integer i;
  initial for (i = 0; i < 64; i = i + 1) words[i] = 0;
  always @(posedge clock) begin
    if (write_enable) words[write_address] <= write_data;
    fetched <= words[read_address];
    output_register <= fetched;
  end
  assign read_data = output_register;
endmodule

// Shift register: q is d of 2 cycles ago.
module delay_2x8_signed (
  input  wire clock,
  input  wire signed [7:0] d,
  output wire signed [7:0] q
);
  reg [7:0] stages [0:1];
  integer i;
  initial for (i = 0; i < 2; i = i + 1) stages[i] = 0;
  assign q = stages[1];
  always @(posedge clock) begin
    stages[0] <= d;
    for (i = 1; i < 2; i = i + 1) stages[i] <= stages[i - 1];
  end
endmodule

// Shift register: q is d of 3 cycles ago.
module delay_3x1 (
  input  wire clock,
  input  wire d,
  output wire q
);
  reg [0:0] stages [0:2];
  integer i;
  initial for (i = 0; i < 3; i = i + 1) stages[i] = 0;
  assign q = stages[2];
  always @(posedge clock) begin
    stages[0] <= d;
    for (i = 1; i < 3; i = i + 1) stages[i] <= stages[i - 1];
  end
endmodule

// One register.
module delay_1x6 (
  input  wire clock,
  input  wire [5:0] d,
  output wire [5:0] q
);
  reg [5:0] stage;
  initial stage = 0;
  assign q = stage;
  always @(posedge clock) stage <= d;
endmodule

// No delay: at this size of the array nothing has to wait here.
module delay_0x8_signed (
  input  wire clock,
  input  wire signed [7:0] d,
  output wire signed [7:0] q
);
  wire unused_clock = &{1'b0, clock};
  assign q = d;
endmodule

// One register.
module delay_1x8_signed (
  input  wire clock,
  input  wire signed [7:0] d,
  output wire signed [7:0] q
);
  reg [7:0] stage;
  initial stage = 0;
  assign q = stage;
  always @(posedge clock) stage <= d;
endmodule

// Memory of 64 words of 16 bits. Data come 2 cycles after their address.
// Nobody uses a word that is read while it is written.
module registered_ram_64x16 (
  input  wire clock,
  input  wire write_enable,
  input  wire [5:0] write_address,
  input  wire [15:0] write_data,
  input  wire [5:0] read_address,
  output wire [15:0] read_data
);
  (* ram_style = "block", no_rw_check *) reg [15:0] words [0:63];
  reg [15:0] fetched;
  initial fetched = 0;
  reg [15:0] output_register;
  initial output_register = 0;
  integer i;
  initial for (i = 0; i < 64; i = i + 1) words[i] = 0;
  always @(posedge clock) begin
    if (write_enable) words[write_address] <= write_data;
    fetched <= words[read_address];
    output_register <= fetched;
  end
  assign read_data = output_register;
endmodule

// Signed 8 x 8 multiplier, 3 cycles. The synthesis tool chooses the cells.
module multiplier (
  input  wire clock,
  input  wire signed [7:0] weight,
  input  wire signed [7:0] x,
  output wire signed [15:0] product
);
  reg signed [7:0] weight_q, x_q;
  reg signed [15:0] stage, product_q;
  initial {weight_q, x_q, stage, product_q} = 0;
  assign product = product_q;
  always @(posedge clock) begin
    weight_q <= weight;
    x_q <= x;
    stage <= weight_q * x_q;
    product_q <= stage;
  end
endmodule

// Weights of one row for a group of columns, and their multiply-adds.
module array_cell (
  input  wire clock,
  input  wire signed [7:0] x, // activation, 3 cycles after its weight address; hops east
  input  wire [5:0] address, // weight address; hops east
  input  wire [33:0] sum_in, // partial sums from the north, one for each column; 2 lanes of 17 bits, signed
  input  wire write_enable,
  input  wire [5:0] write_address,
  input  wire [15:0] write_data,
  output wire signed [7:0] x_out,
  output wire [5:0] address_out,
  output wire [33:0] sum_out // sum_in + weight * (x of 3 cycles ago), registered; 2 lanes of 17 bits, signed
);
  wire [15:0] memory_read_data;
  reg  signed [7:0] weight_0;
  reg  signed [7:0] weight_1;
  wire signed [15:0] multiplier_0_product;
  wire signed [15:0] multiplier_1_product;
  reg  signed [16:0] sum_0;
  reg  signed [16:0] sum_1;
  reg  signed [7:0] x_hop;
  reg  [5:0] address_hop;

  registered_ram_64x16 memory (
    .clock(clock),
    .write_enable(write_enable),
    .write_address(write_address),
    .write_data(write_data),
    .read_address(address),
    .read_data(memory_read_data)
  );
  multiplier multiplier_0 (
    .clock(clock),
    .weight(weight_0),
    .x(x),
    .product(multiplier_0_product)
  );
  multiplier multiplier_1 (
    .clock(clock),
    .weight(weight_1),
    .x(x),
    .product(multiplier_1_product)
  );

  assign x_out = x_hop;
  assign address_out = address_hop;
  assign sum_out[16:0] = sum_0;
  assign sum_out[33:17] = sum_1;

  initial begin
    weight_0 = 8'sd0;
    weight_1 = 8'sd0;
    sum_0 = 17'sd0;
    sum_1 = 17'sd0;
    x_hop = 8'sd0;
    address_hop = 6'd0;
  end

  always @(posedge clock) begin
    x_hop <= x;
    address_hop <= address;
    weight_0 <= memory_read_data[7:0];
    sum_0 <= sum_in[16:0] + 17'(multiplier_0_product);
    weight_1 <= memory_read_data[15:8];
    sum_1 <= sum_in[33:17] + 17'(multiplier_1_product);
  end
endmodule

// Cells of one row; x and address hop one cell to the east each cycle.
module array_row (
  input  wire clock,
  input  wire signed [7:0] x,
  input  wire [5:0] address,
  input  wire [33:0] sum_in, // 2 lanes of 17 bits, signed
  input  wire write_enable, // one for each cell
  input  wire [5:0] write_address,
  input  wire [15:0] write_data,
  output wire [33:0] sum_out // 2 lanes of 17 bits, signed
);
  wire signed [7:0] cell_0_x_out;
  wire [5:0] cell_0_address_out;
  wire [33:0] cell_0_sum_out;

  array_cell cell_0 (
    .clock(clock),
    .x(x),
    .address(address),
    .sum_in(sum_in),
    .write_enable(write_enable),
    .write_address(write_address),
    .write_data(write_data),
    .x_out(cell_0_x_out),
    .address_out(cell_0_address_out),
    .sum_out(cell_0_sum_out)
  );

  assign sum_out[16:0] = cell_0_sum_out[16:0];
  assign sum_out[33:17] = cell_0_sum_out[33:17];

  wire unused = &{1'b0,
    cell_0_x_out,
    cell_0_address_out};
endmodule

// No delay: at this size of the array nothing has to wait here.
module delay_0x17_signed (
  input  wire clock,
  input  wire signed [16:0] d,
  output wire signed [16:0] q
);
  wire unused_clock = &{1'b0, clock};
  assign q = d;
endmodule

// Systolic array, 2 rows by 2 columns. Activations move east, sums move south.
module array (
  input  wire clock,
  input  wire [15:0] vector, // one activation for each row, all of the same slot; 2 lanes of 8 bits, signed
  input  wire [5:0] weight, // weight address of the slot, ahead of its vector
  input  wire write_enable,
  input  wire write_row,
  input  wire write_group,
  input  wire [5:0] write_address,
  input  wire [15:0] write_data,
  output wire [33:0] sums // sums of products, all columns of the same slot; 2 lanes of 17 bits, signed
);
  wire [5:0] first_address_q;
  reg  [5:0] address_0;
  reg  [5:0] address_1;
  wire signed [7:0] skew_0_q;
  wire signed [7:0] skew_1_q;
  wire [33:0] row_0_sum_in;
  wire row_0_write_enable;
  wire [33:0] row_0_sum_out;
  wire row_1_write_enable;
  wire [33:0] row_1_sum_out;
  wire signed [16:0] deskew_0_q;
  wire signed [16:0] deskew_1_q;
  reg  load_0;
  reg  load_1;
  reg  load_row_0;
  reg  load_row_1;
  reg  load_group_0;
  reg  load_group_1;
  reg  [5:0] load_address_0;
  reg  [5:0] load_address_1;
  reg  [15:0] load_data_0;
  reg  [15:0] load_data_1;

  delay_1x6 first_address (
    .clock(clock),
    .d(weight),
    .q(first_address_q)
  );
  delay_0x8_signed skew_0 (
    .clock(clock),
    .d(vector[7:0]),
    .q(skew_0_q)
  );
  delay_1x8_signed skew_1 (
    .clock(clock),
    .d(vector[15:8]),
    .q(skew_1_q)
  );
  array_row row_0 (
    .clock(clock),
    .x(skew_0_q),
    .address(first_address_q),
    .sum_in(row_0_sum_in),
    .write_enable(row_0_write_enable),
    .write_address(load_address_0),
    .write_data(load_data_0),
    .sum_out(row_0_sum_out)
  );
  array_row row_1 (
    .clock(clock),
    .x(skew_1_q),
    .address(address_0),
    .sum_in(row_0_sum_out),
    .write_enable(row_1_write_enable),
    .write_address(load_address_1),
    .write_data(load_data_1),
    .sum_out(row_1_sum_out)
  );
  delay_0x17_signed deskew_0 (
    .clock(clock),
    .d(row_1_sum_out[16:0]),
    .q(deskew_0_q)
  );
  delay_0x17_signed deskew_1 (
    .clock(clock),
    .d(row_1_sum_out[33:17]),
    .q(deskew_1_q)
  );

  assign sums[16:0] = deskew_0_q;
  assign sums[33:17] = deskew_1_q;
  assign row_0_sum_in[16:0] = 17'd0;
  assign row_0_sum_in[33:17] = 17'd0;
  assign row_0_write_enable = load_0 && (load_row_0 == 1'd0) && (load_group_0 == 1'd0);
  assign row_1_write_enable = load_1 && (load_row_1 == 1'd1) && (load_group_1 == 1'd0);

  initial begin
    address_0 = 6'd0;
    address_1 = 6'd0;
    load_0 = 1'd0;
    load_1 = 1'd0;
    load_row_0 = 1'd0;
    load_row_1 = 1'd0;
    load_group_0 = 1'd0;
    load_group_1 = 1'd0;
    load_address_0 = 6'd0;
    load_address_1 = 6'd0;
    load_data_0 = 16'd0;
    load_data_1 = 16'd0;
  end

  always @(posedge clock) begin
    address_0 <= first_address_q;
    address_1 <= address_0;
    load_0 <= write_enable;
    load_row_0 <= write_row;
    load_group_0 <= write_group;
    load_address_0 <= write_address;
    load_data_0 <= write_data;
    load_1 <= load_0;
    load_row_1 <= load_row_0;
    load_group_1 <= load_group_0;
    load_address_1 <= load_address_0;
    load_data_1 <= load_data_0;
  end

  wire unused = &{1'b0,
    address_1};
endmodule

// One accumulator of 32 bits for each column.
module accumulators (
  input  wire clock,
  input  wire first, // the sums belong to the first slot of an output vector
  input  wire [33:0] sums, // 2 lanes of 17 bits, signed
  output wire [63:0] totals // 2 lanes of 32 bits, signed
);
  reg  signed [31:0] total_0;
  reg  signed [31:0] total_1;

  assign totals[31:0] = total_0;
  assign totals[63:32] = total_1;

  initial begin
    total_0 = 32'sd0;
    total_1 = 32'sd0;
  end

  always @(posedge clock) begin
    total_0 <= total_0 + 32'($signed(sums[16:0]));
    if (first) begin
      total_0 <= 32'($signed(sums[16:0]));
    end
    total_1 <= total_1 + 32'($signed(sums[33:17]));
    if (first) begin
      total_1 <= 32'($signed(sums[33:17]));
    end
  end
endmodule

// Shift register: q is d of 9 cycles ago.
module delay_9x1 (
  input  wire clock,
  input  wire d,
  output wire q
);
  reg [0:0] stages [0:8];
  integer i;
  initial for (i = 0; i < 9; i = i + 1) stages[i] = 0;
  assign q = stages[8];
  always @(posedge clock) begin
    stages[0] <= d;
    for (i = 1; i < 9; i = i + 1) stages[i] <= stages[i - 1];
  end
endmodule

// Shift register: q is d of 10 cycles ago.
module delay_10x1 (
  input  wire clock,
  input  wire d,
  output wire q
);
  reg [0:0] stages [0:9];
  integer i;
  initial for (i = 0; i < 10; i = i + 1) stages[i] = 0;
  assign q = stages[9];
  always @(posedge clock) begin
    stages[0] <= d;
    for (i = 1; i < 10; i = i + 1) stages[i] <= stages[i - 1];
  end
endmodule

// Memory of 16 words of 32 bits. Data come 1 cycle after their address.
// Nobody uses a word that is read while it is written.
module ram_16x32 (
  input  wire clock,
  input  wire write_enable,
  input  wire [3:0] write_address,
  input  wire [31:0] write_data,
  input  wire [3:0] read_address,
  output wire [31:0] read_data
);
  (* ram_style = "distributed", no_rw_check *) reg [31:0] words [0:15];
  reg [31:0] fetched;
  initial fetched = 0;
  integer i;
  initial for (i = 0; i < 16; i = i + 1) words[i] = 0;
  always @(posedge clock) begin
    if (write_enable) words[write_address] <= write_data;
    fetched <= words[read_address];
  end
  assign read_data = fetched;
endmodule

// Queue of result vectors: one in and one out per cycle.
module result_fifo (
  input  wire clock,
  input  wire reset,
  input  wire push, // takes data; the controller guarantees room
  input  wire [63:0] data, // 2 lanes of 32 bits, signed
  input  wire ready, // takes front when valid
  output wire valid,
  output wire [63:0] front // 2 lanes of 32 bits, signed
);
  wire pop;
  reg  [3:0] next_read;
  reg  [4:0] left;
  wire [31:0] memory_0_read_data;
  wire [31:0] memory_1_read_data;
  reg  [3:0] write_index;
  reg  [3:0] read_index;
  reg  [4:0] level;
  reg  present;

  ram_16x32 memory_0 (
    .clock(clock),
    .write_enable(push),
    .write_address(write_index),
    .write_data(data[31:0]),
    .read_address(next_read),
    .read_data(memory_0_read_data)
  );
  ram_16x32 memory_1 (
    .clock(clock),
    .write_enable(push),
    .write_address(write_index),
    .write_data(data[63:32]),
    .read_address(next_read),
    .read_data(memory_1_read_data)
  );

  assign valid = present;
  assign front[31:0] = memory_0_read_data;
  assign front[63:32] = memory_1_read_data;
  assign pop = present && ready;

  always @* begin
    next_read = read_index;
    if (pop) begin
      next_read = read_index + 4'd1;
    end
  end

  always @* begin
    left = level;
    if (pop) begin
      left = level - 5'd1;
    end
  end

  initial begin
    write_index = 4'd0;
    read_index = 4'd0;
    level = 5'd0;
    present = 1'd0;
  end

  always @(posedge clock) begin
    read_index <= next_read;
    present <= left != 5'd0;
    level <= left;
    if (push) begin
      write_index <= write_index + 4'd1;
      level <= left + 5'd1;
    end
    if (reset) begin
      write_index <= 4'd0;
      read_index <= 4'd0;
      level <= 5'd0;
      present <= 1'b0;
    end
  end
endmodule

// Matrix multiplication on a systolic array, 2 by 2 multipliers of 8 bits.
module matmul (
  input  wire clock,
  input  wire reset,
  input  wire [15:0] m_rows, // rows of the left matrix
  input  wire [11:0] k_steps, // inner dimension / R
  input  wire [11:0] n_tiles, // columns of the right matrix / C
  input  wire keep_weights, // use the weights of the job before
  input  wire [15:0] s_weight_tdata, // for tile, step, row, group: the weights of a group of columns
  input  wire s_weight_tvalid,
  output wire s_weight_tready,
  input  wire [15:0] s_axis_tdata, // left matrix, for row, step: R elements; 2 lanes of 8 bits, signed
  input  wire s_axis_tvalid,
  output wire s_axis_tready,
  output wire [63:0] m_axis_tdata, // result, for tile, row: C elements; 2 lanes of 32 bits, signed
  output wire m_axis_tvalid,
  output wire m_axis_tlast,
  input  wire m_axis_tready,
  output wire [31:0] cycles // from the first activation word to the last result
);
  localparam [5:0] settle = 6'd4;

  wire loading;
  wire load;
  wire out_taken;
  wire last_row;
  wire last_result;
  wire control_take;
  wire control_slot;
  wire control_first;
  wire control_last;
  wire control_streaming;
  wire [5:0] control_word;
  wire [5:0] control_weight;
  reg  store;
  reg  [5:0] word;
  reg  signed [7:0] data_0;
  reg  signed [7:0] data_1;
  wire [7:0] memory_0_read_data;
  wire [7:0] memory_1_read_data;
  wire signed [7:0] bypass_0_q;
  wire signed [7:0] bypass_1_q;
  wire bypassed_q;
  wire slotted_q;
  reg  signed [7:0] vector_0;
  reg  signed [7:0] vector_1;
  wire [15:0] array_vector;
  wire [33:0] array_sums;
  wire accumulators_first;
  wire [63:0] accumulators_totals;
  wire first_q;
  wire last_q;
  wire fifo_push;
  wire fifo_valid;
  wire [63:0] fifo_front;
  reg  weights_ready;
  reg  load_group;
  reg  load_row;
  reg  [11:0] load_step;
  reg  [11:0] load_tile;
  reg  [5:0] load_address;
  reg  [5:0] load_settle;
  reg  [11:0] results_left;
  reg  [15:0] rows_left;
  reg  counting;
  reg  [31:0] cycle;

  matmul_control control (
    .clock(clock),
    .reset(reset),
    .go(weights_ready),
    .m_rows(m_rows),
    .k_steps(k_steps),
    .n_tiles(n_tiles),
    .offered(s_axis_tvalid),
    .taken(out_taken),
    .take(control_take),
    .slot(control_slot),
    .first(control_first),
    .last(control_last),
    .streaming(control_streaming),
    .word(control_word),
    .weight(control_weight)
  );
  registered_ram_64x8 memory_0 (
    .clock(clock),
    .write_enable(store),
    .write_address(word),
    .write_data(data_0),
    .read_address(word),
    .read_data(memory_0_read_data)
  );
  registered_ram_64x8 memory_1 (
    .clock(clock),
    .write_enable(store),
    .write_address(word),
    .write_data(data_1),
    .read_address(word),
    .read_data(memory_1_read_data)
  );
  delay_2x8_signed bypass_0 (
    .clock(clock),
    .d(data_0),
    .q(bypass_0_q)
  );
  delay_2x8_signed bypass_1 (
    .clock(clock),
    .d(data_1),
    .q(bypass_1_q)
  );
  delay_3x1 bypassed (
    .clock(clock),
    .d(control_streaming),
    .q(bypassed_q)
  );
  delay_3x1 slotted (
    .clock(clock),
    .d(control_slot),
    .q(slotted_q)
  );
  array array (
    .clock(clock),
    .vector(array_vector),
    .weight(control_weight),
    .write_enable(load),
    .write_row(load_row),
    .write_group(load_group),
    .write_address(load_address),
    .write_data(s_weight_tdata),
    .sums(array_sums)
  );
  accumulators accumulators (
    .clock(clock),
    .first(accumulators_first),
    .sums(array_sums),
    .totals(accumulators_totals)
  );
  delay_9x1 first (
    .clock(clock),
    .d(control_first),
    .q(first_q)
  );
  delay_10x1 last (
    .clock(clock),
    .d(control_last),
    .q(last_q)
  );
  result_fifo fifo (
    .clock(clock),
    .reset(reset),
    .push(fifo_push),
    .data(accumulators_totals),
    .ready(m_axis_tready),
    .valid(fifo_valid),
    .front(fifo_front)
  );

  assign s_weight_tready = loading;
  assign s_axis_tready = control_take;
  assign m_axis_tdata[31:0] = fifo_front[31:0];
  assign m_axis_tdata[63:32] = fifo_front[63:32];
  assign m_axis_tvalid = fifo_valid;
  assign m_axis_tlast = last_result;
  assign cycles = cycle;
  assign loading = !weights_ready && (load_settle == 6'd0);
  assign load = loading && s_weight_tvalid;
  assign out_taken = fifo_valid && m_axis_tready;
  assign last_row = (17'(rows_left) + 17'd1) == 17'(m_rows);
  assign last_result = last_row && ((13'(results_left) + 13'd1) == 13'(n_tiles));
  assign array_vector[7:0] = vector_0;
  assign array_vector[15:8] = vector_1;
  assign accumulators_first = first_q != 1'd0;
  assign fifo_push = last_q != 1'd0;

  initial begin
    store = 1'd0;
    word = 6'd0;
    data_0 = 8'sd0;
    data_1 = 8'sd0;
    vector_0 = 8'sd0;
    vector_1 = 8'sd0;
    weights_ready = 1'd0;
    load_group = 1'd0;
    load_row = 1'd0;
    load_step = 12'd0;
    load_tile = 12'd0;
    load_address = 6'd0;
    load_settle = 6'd0;
    results_left = 12'd0;
    rows_left = 16'd0;
    counting = 1'd0;
    cycle = 32'd0;
  end

  always @(posedge clock) begin
    if (load) begin
      load_group <= load_group + 1'd1;
      if ((2'(load_group) + 2'd1) == 2'd1) begin
        load_group <= 1'd0;
        load_row <= load_row + 1'd1;
        if ((2'(load_row) + 2'd1) == 2'd2) begin
          load_row <= 1'd0;
          load_address <= load_address + 6'd1;
          load_step <= load_step + 12'd1;
          if ((13'(load_step) + 13'd1) == 13'(k_steps)) begin
            load_step <= 12'd0;
            load_tile <= load_tile + 12'd1;
            if ((13'(load_tile) + 13'd1) == 13'(n_tiles)) begin
              load_tile <= 12'd0;
              load_address <= 6'd0;
              load_settle <= settle;
            end
          end
        end
      end
    end
    if (load_settle != 6'd0) begin
      load_settle <= load_settle - 6'd1;
      if (load_settle == 6'd1) begin
        weights_ready <= 1'b1;
      end
    end
    store <= control_take;
    word <= control_word;
    data_0 <= s_axis_tdata[7:0];
    vector_0 <= 8'd0;
    if (slotted_q != 1'd0) begin
      vector_0 <= memory_0_read_data;
      if (bypassed_q != 1'd0) begin
        vector_0 <= bypass_0_q;
      end
    end
    data_1 <= s_axis_tdata[15:8];
    vector_1 <= 8'd0;
    if (slotted_q != 1'd0) begin
      vector_1 <= memory_1_read_data;
      if (bypassed_q != 1'd0) begin
        vector_1 <= bypass_1_q;
      end
    end
    if (out_taken) begin
      rows_left <= rows_left + 16'd1;
      if (last_row) begin
        rows_left <= 16'd0;
        results_left <= results_left + 12'd1;
      end
      if (last_result) begin
        results_left <= 12'd0;
        counting <= 1'b0;
        weights_ready <= 1'b0;
        if (keep_weights) begin
          load_settle <= 6'd1;
        end
      end
    end
    if (counting) begin
      cycle <= cycle + 32'd1;
    end
    if (control_take && !counting) begin
      counting <= 1'b1;
      cycle <= 32'd1;
    end
    if (reset) begin
      weights_ready <= 1'b0;
      load_group <= 1'd0;
      load_row <= 1'd0;
      load_step <= 12'd0;
      load_tile <= 12'd0;
      load_address <= 6'd0;
      load_settle <= 6'd0;
      results_left <= 12'd0;
      rows_left <= 16'd0;
      counting <= 1'b0;
      cycle <= 32'd0;
    end
  end
endmodule
