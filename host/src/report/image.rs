//! Small images inside the page: uncompressed bitmaps as data addresses.

/// A data address of a BMP file. Pixels are row-major, top row first.
pub(super) fn data_address(width: usize, height: usize, pixels: &[[u8; 3]]) -> String {
    format!(
        "data:image/bmp;base64,{}",
        base64(&bitmap(width, height, pixels))
    )
}

fn bitmap(width: usize, height: usize, pixels: &[[u8; 3]]) -> Vec<u8> {
    const HEADER: u32 = 54;
    let row = (3 * width).next_multiple_of(4);
    let size = HEADER + (row * height) as u32;
    let mut bytes = b"BM".to_vec();
    for word in [
        size,
        0,
        HEADER,
        40,
        width as u32,
        height as u32,
        24 << 16 | 1,
        0,
        0,
        2835,
        2835,
        0,
        0,
    ] {
        bytes.extend(word.to_le_bytes());
    }
    for line in pixels.chunks(width.max(1)).take(height).rev() {
        bytes.extend(
            line.iter()
                .flat_map(|[red, green, blue]| [*blue, *green, *red]),
        );
        bytes.resize(bytes.len() + row - 3 * line.len(), 0);
    }
    bytes
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let filled = digit <= chunk.len();
            text.push(if filled {
                char::from(DIGITS[(word >> (18 - 6 * digit) & 63) as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_standard() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in cases {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn rows_are_padded_to_four_bytes() {
        let bytes = bitmap(1, 2, &[[1, 2, 3], [4, 5, 6]]);
        assert_eq!(bytes.len(), 54 + 8);
        assert_eq!(bytes[54..], [6, 5, 4, 0, 3, 2, 1, 0]);
    }
}
