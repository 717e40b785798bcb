//! Bytes that make no sense, the same ones each time: for tests that parsers do not panic.

/// Some thousand short byte strings: any bytes, and mixes of the ones that mean something to the parser at hand.
pub(crate) fn samples(meaningful: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        // xorshift64: any sequence does, as long as a failure can be repeated.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..4000).map(move |round| {
        let length = usize::from(next()[0] % 24);
        (0..length)
            .map(|_| match next() {
                [any, ..] if round % 2 == 0 => any,
                [index, ..] => meaningful[usize::from(index) % meaningful.len()],
            })
            .collect()
    })
}
