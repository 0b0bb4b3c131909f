// In `frame_receiver`, for cover statements: the line brings the two frames of docs/reference/frames.md, answer and request, and
// then the answer with another last byte. A state that is reached under these assumptions is reached without them.

reg [7:0] line [0:37];
initial begin
  {line[0], line[1], line[2], line[3], line[4], line[5], line[6], line[7], line[8], line[9]} = 80'hA5_81_07_00_00_31_BC_56_AD_86;
  {line[10], line[11], line[12], line[13], line[14], line[15]} = 48'hA5_02_07_08_00_92;
  {line[16], line[17], line[18], line[19], line[20], line[21], line[22], line[23]} = 64'h10_00_00_00_01_00_00_00;
  {line[24], line[25], line[26], line[27]} = 32'hF5_C7_17_81;
  {line[28], line[29], line[30], line[31], line[32], line[33], line[34], line[35], line[36], line[37]} = 80'hA5_81_07_00_00_31_BC_56_AD_87;
end
reg [5:0] line_at = 0;
always @(posedge clock) if (taken) line_at <= line_at + 1;
always @* begin
  assume (!reset && rx_valid && discard == was_held);
  assume (line_at >= 38 || rx_data == line[line_at]);
  assume (index == 0 && any_index == 0);
end
