//! The standard output of tasks whose reports can be long.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Stdout, Write};

/// Standard output, buffered. A reader that ends early, such as `head`, is no error: the rest is dropped.
pub(crate) struct Output<W: Write = BufWriter<Stdout>> {
    out: W,
    is_closed: bool,
}

/// Returns the standard output.
pub(crate) fn stdout() -> Output {
    Output { out: BufWriter::new(io::stdout()), is_closed: false }
}

impl Output {
    /// Returns true if a person reads the output on a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.out.get_ref().is_terminal()
    }
}

impl<W: Write> Output<W> {
    fn unless_closed<T>(&mut self, result: io::Result<T>, closed: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(closed)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed {
            return Ok(bytes.len());
        }
        let result = self.out.write(bytes);
        self.unless_closed(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let result = self.out.flush();
        self.unless_closed(result, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe whose reader ends after the first write.
    struct Pipe(usize);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            if self.0 > 1 { Err(ErrorKind::BrokenPipe.into()) } else { Ok(bytes.len()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_reader_that_ends_early_is_no_error() {
        let mut out = Output { out: Pipe(0), is_closed: false };
        for _ in 0..3 {
            writeln!(out, "a line").unwrap();
        }
        out.flush().unwrap();
        assert!(out.is_closed);
        assert!(Output { out: Pipe(0), is_closed: false }.flush().is_ok());
    }
}
