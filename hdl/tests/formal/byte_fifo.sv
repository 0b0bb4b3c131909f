  wire [5:0] distance = write_index - read_index;
  always @* begin
    // Never more bytes than places, and those that are there lie between the two indices.
    assert (level <= depth);
    assert (distance == level[5:0]);
    assert (!present || level != 0);
    // A byte is lost exactly if there is no room.
    assert (lost == (push && level == depth));
    assert (memory_write_enable == (push && level != depth));
  end
