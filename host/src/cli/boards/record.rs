//! Everything that is known of one board, as JSON.

use super::performance::Performance;
use super::primitive;
use crate::cli::manifest::Manifest;
use serde_json::{Map, Value, json};
use systole_arch::boards::{Board, CoreClock, room};

pub(super) fn record(board: &Board, manifest: &Manifest) -> Value {
    let device = room::device(board.part);
    let rows = board
        .arch()
        .and_then(|arch| room::rows(&arch, board.part))
        .map(|rows| rows.map(estimate));
    let clocks = board.core_clocks();
    let clocks: Vec<Value> = clocks.iter().map(|c| clock(board, c)).collect();
    json!({
        "name": board.name(),
        "family": board.part.family,
        "part": board.part.name,
        "preset": board.variant.preset,
        "multipliers": board.variant.multipliers,
        "nextpnr": board.nextpnr_arguments(),
        "luts": device.map(|d| d.luts),
        "flip_flops": device.map(|d| d.flip_flops),
        "block_rams": device.map(|d| d.block_rams),
        "dsps": device.map(|d| d.multipliers),
        "estimate": rows,
        "performance": Performance::of(board, manifest),
        "bitstreams": manifest.of_board(board).collect::<Vec<_>>(),
        "core_clocks": clocks,
        "sheet": board.sheet,
    })
}

fn estimate((what, need, have, usable): room::Row) -> Value {
    json!({ "resource": what, "needed": need, "there": have, "usable": usable })
}

fn clock(board: &Board, clock: &CoreClock) -> Value {
    let parameters = clock.pll.parameters().into_iter();
    let parameters: Map<String, Value> = parameters.map(|(k, v)| (k.into(), v.into())).collect();
    json!({
        "hz": clock.hz,
        "primitive": primitive(board),
        "parameters": parameters,
        "uart_cycles": clock.uart.cycles,
        "uart_error_ppm": clock.uart.error_ppm,
    })
}
