//! Where the fields of post-processing lie in the instruction: wires placed by the instruction table.

use systole_arch::isa::{self, Field};

use crate::rt::prelude::*;

/// Instruction words that post-processing keeps: word 0, and all words from the beat counts to the end.
pub fn post_processing_words() -> Vec<usize> {
    std::iter::once(isa::OPCODE.word)
        .chain(isa::BEATS.word..isa::WORDS)
        .collect()
}

macro_rules! fields {
    ($( $port:ident $field:ident; )*) => {
        /// Splits the words that post-processing keeps into their fields.
        #[derive(LogicBlock)]
        pub struct PostProcessingFields {
            doc: Doc,
            /// The words of [`post_processing_words`], in that order.
            pub words: Vec<Sig<In>>,
            $( #[doc = concat!("Field `", stringify!($field), "` of the instruction.")]
               pub $port: Sig<Out>, )*
        }

        impl PostProcessingFields {
            /// Wires only: there is no clock.
            pub fn new() -> Self {
                PostProcessingFields {
                    doc: Doc::new("post_processing_fields", "Fields of the instruction that post-processing uses."),
                    words: Sig::uint_lanes(post_processing_words().len(), 32),
                    $( $port: output(isa::$field), )*
                }
            }

            fn places() -> Vec<(&'static str, Field)> {
                vec![ $( (stringify!($port), isa::$field) ),* ]
            }
        }

        impl Logic for PostProcessingFields {
            fn update(&mut self) {
                $( self.$port.next = self.words[lane(isa::$field)].val() >> isa::$field.lsb; )*
            }

            fn connect(&mut self) {
                $( self.$port.connect(); )*
            }

            fn hdl(&self) -> Verilog {
                let assign = |(port, field): (&str, Field)| {
                    let lsb = lane(field) * 32 + field.lsb;
                    format!("assign {port} = words[{lsb} +: {}];", field.width)
                };
                let mut lines: Vec<String> = Self::places().into_iter().map(assign).collect();
                lines.push("wire unused_bits = &{1'b0, words};".to_owned());
                Verilog::Custom(lines.join("\n"))
            }
        }
    };
}

fields! {
    residual RESIDUAL;
    residual_max RESIDUAL_MAX;
    use_table TABLE;
    table_slot TABLE_SLOT;
    param_fixed PARAM_FIXED;
    out_bank OUT_BANK;
    residual_bank RESIDUAL_BANK;
    beats BEATS;
    beats_last BEATS_LAST;
    out_address OUT_ADDRESS;
    out_step_x OUT_STEP_X;
    out_step_y OUT_STEP_Y;
    out_step_tile OUT_STEP_TILE;
    residual_address RESIDUAL_ADDRESS;
    residual_step_x RESIDUAL_STEP_X;
    residual_step_y RESIDUAL_STEP_Y;
    residual_step_tile RESIDUAL_STEP_TILE;
    zero ZERO;
    clamp_low CLAMP_LOW;
    clamp_high CLAMP_HIGH;
    residual_m RESIDUAL_M;
    residual_s RESIDUAL_S;
    residual_zero RESIDUAL_ZERO;
    param_row PARAM_ROW;
    unit UNIT;
    state_zero STATE_ZERO;
    cell_bits CELL_BITS;
    wide WIDE;
    sum_row SUM_ROW;
    state_row STATE_ROW;
}

impl Default for PostProcessingFields {
    fn default() -> Self {
        Self::new()
    }
}

fn output(field: Field) -> Sig<Out> {
    if field.signed {
        Sig::int(field.width)
    } else {
        Sig::uint(field.width)
    }
}

/// Lane of the bus that carries the word of `field`.
fn lane(field: Field) -> usize {
    field
        .word
        .checked_sub(isa::BEATS.word)
        .map_or(0, |later| later + 1)
}
