//! Reading from a [`CowBytes`] and writing to it. Reading takes what was read off the front, as from a
//! slice.

use std::io::{self, BufRead, Read, Write};

use cow_core::{AllocError, OrAbort};

use super::CowBytes;

fn out_of_memory(error: AllocError) -> io::Error {
    io::Error::new(io::ErrorKind::OutOfMemory, error)
}

impl Write for CowBytes {
    /// Adds the bytes. An error says that memory is out, or that there would be more than
    /// [`MAX_LEN`](Self::MAX_LEN).
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.try_extend_from_slice(bytes).map_err(out_of_memory)
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for CowBytes {
    #[inline]
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.as_slice().read(to)?;
        self.run.try_advance(count).map_err(out_of_memory)?;
        Ok(count)
    }
}

impl BufRead for CowBytes {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.as_slice())
    }

    #[inline]
    fn consume(&mut self, count: usize) {
        self.run.try_advance(count).or_abort();
    }
}
