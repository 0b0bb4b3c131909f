// Behavioural twins of the block RAM and the PLL of an iCE40, for netlists and decoded bitstreams.
//
// The vendor does not say what a read of a word returns that is written at the same edge: here it returns the complement
// of the old bits, so that a design that uses them fails.

module SB_RAM40_4K #(
  parameter READ_MODE = 0,  // 0: 256 x 16, 1: 512 x 8, 2: 1024 x 4, 3: 2048 x 2
  parameter WRITE_MODE = 0,
  parameter [255:0] INIT_0 = 0, INIT_1 = 0, INIT_2 = 0, INIT_3 = 0, INIT_4 = 0, INIT_5 = 0, INIT_6 = 0, INIT_7 = 0,
  parameter [255:0] INIT_8 = 0, INIT_9 = 0, INIT_A = 0, INIT_B = 0, INIT_C = 0, INIT_D = 0, INIT_E = 0, INIT_F = 0
) (
  output reg  [15:0] RDATA,
  input  wire [10:0] RADDR,
  input  wire RCLK, RCLKE, RE,
  input  wire [10:0] WADDR,
  input  wire WCLK, WCLKE, WE,
  input  wire [15:0] MASK,
  input  wire [15:0] WDATA
);
  localparam [4095:0] INIT = {INIT_F, INIT_E, INIT_D, INIT_C, INIT_B, INIT_A, INIT_9, INIT_8,
                              INIT_7, INIT_6, INIT_5, INIT_4, INIT_3, INIT_2, INIT_1, INIT_0};
  // A row holds this many words side by side: bit b of a row belongs to word b % WORDS.
  localparam READ_WORDS = 1 << READ_MODE;
  localparam WRITE_WORDS = 1 << WRITE_MODE;

  reg [15:0] rows [0:255];
  reg [15:0] written;   // bits of the row that a write at this edge changes
  reg [15:0] data;      // their values
  reg [15:0] row;
  integer n, b, w, r;

  // Pins of a narrow word lie in the middle of its group.
  function integer pin(input integer bit_number, input integer words);
    pin = words * (bit_number / words) + (words > 1 ? words / 2 - 1 : 0);
  endfunction

  initial begin
    RDATA = 0;
    for (n = 0; n < 256; n = n + 1) rows[n] = INIT[16 * n +: 16];
  end

  always @* begin
    for (w = 0; w < 16; w = w + 1) begin
      written[w] = (WRITE_MODE == 0) ? !MASK[w] : ({29'd0, WADDR[10:8]} & (WRITE_WORDS - 1)) == w % WRITE_WORDS;
      data[w] = WDATA[pin(w, WRITE_WORDS)];
    end
    if (!(WE && WCLKE)) written = 0;
  end

  always @* begin
    row = rows[RADDR[7:0]];
    if (WADDR[7:0] == RADDR[7:0]) row = row ^ written;
  end

  always @(posedge RCLK) if (RE && RCLKE) begin
    RDATA <= 0;
    for (r = 0; r < 16; r = r + 1)
      if (({29'd0, RADDR[10:8]} & (READ_WORDS - 1)) == r % READ_WORDS) RDATA[pin(r, READ_WORDS)] <= row[r];
  end

  always @(posedge WCLK) if (WE && WCLKE) rows[WADDR[7:0]] <= (rows[WADDR[7:0]] & ~written) | (data & written);
endmodule

// The PLL, as netlists have it and as `icebox_vlog` prints it: passes its clock through, because a simulation has one clock, and
// has lock after some cycles, but not in reset. That the dividers are those of the board is compared as text.
module SB_PLL40_CORE #(
  parameter FEEDBACK_PATH = "SIMPLE",
  parameter DELAY_ADJUSTMENT_MODE_FEEDBACK = "FIXED",
  parameter DELAY_ADJUSTMENT_MODE_RELATIVE = "FIXED",
  parameter PLLOUT_SELECT = "GENCLK",
  parameter [1:0] SHIFTREG_DIV_MODE = 0,
  parameter [3:0] FDA_FEEDBACK = 0, FDA_RELATIVE = 0, DIVR = 0,
  parameter [6:0] DIVF = 0,
  parameter [2:0] DIVQ = 0, FILTER_RANGE = 0,
  parameter ENABLE_ICEGATE = 0, TEST_MODE = 0
) (
  input  wire REFERENCECLK, EXTFEEDBACK, BYPASS, RESETB, LATCHINPUTVALUE, SDI, SCLK,
  input  wire [7:0] DYNAMICDELAY,
  output wire PLLOUTCORE, PLLOUTGLOBAL, SDO,
  output reg  LOCK
);
  reg [1:0] waiting;
  initial {LOCK, waiting} = 0;
  assign PLLOUTCORE = REFERENCECLK;
  assign PLLOUTGLOBAL = REFERENCECLK;
  assign SDO = 1'b0;
  always @(posedge REFERENCECLK or negedge RESETB)
    if (!RESETB) {LOCK, waiting} <= 0;
    else begin
      waiting <= waiting + {1'b0, waiting != 2'd3};
      LOCK <= waiting == 2'd3;
    end
endmodule

// The same with a pad as its input.
module SB_PLL40_PAD #(
  parameter FEEDBACK_PATH = "SIMPLE",
  parameter DELAY_ADJUSTMENT_MODE_FEEDBACK = "FIXED",
  parameter DELAY_ADJUSTMENT_MODE_RELATIVE = "FIXED",
  parameter PLLOUT_SELECT = "GENCLK",
  parameter [1:0] SHIFTREG_DIV_MODE = 0,
  parameter [3:0] FDA_FEEDBACK = 0, FDA_RELATIVE = 0, DIVR = 0,
  parameter [6:0] DIVF = 0,
  parameter [2:0] DIVQ = 0, FILTER_RANGE = 0,
  parameter ENABLE_ICEGATE = 0, TEST_MODE = 0
) (
  input  wire PACKAGEPIN, EXTFEEDBACK, BYPASS, RESETB, LATCHINPUTVALUE, SDI, SCLK,
  input  wire [7:0] DYNAMICDELAY,
  output wire PLLOUTCORE, PLLOUTGLOBAL, SDO,
  output wire LOCK
);
  SB_PLL40_CORE core (
    .REFERENCECLK(PACKAGEPIN), .EXTFEEDBACK(EXTFEEDBACK), .BYPASS(BYPASS), .RESETB(RESETB), .LATCHINPUTVALUE(LATCHINPUTVALUE),
    .SDI(SDI), .SCLK(SCLK), .DYNAMICDELAY(DYNAMICDELAY), .PLLOUTCORE(PLLOUTCORE), .PLLOUTGLOBAL(PLLOUTGLOBAL), .SDO(SDO), .LOCK(LOCK)
  );
endmodule
