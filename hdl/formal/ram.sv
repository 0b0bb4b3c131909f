// In a memory: one more port to read, for invariants only. The module around it drives `probe_address`.

wire [$bits(read_address)-1:0] probe_address;
wire [$bits(read_data)-1:0] probe_word = words[probe_address];
