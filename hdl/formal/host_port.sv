// In `host_port`, for link.sv: a request is being carried out. A name of its own, as a register that another module names
// would lose its initial value.

wire serving = state != Serving_Idle;
