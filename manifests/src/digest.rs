//! Digests of JSON values: equal for equal values, whatever the order of their keys was.
//!
//! FNV-1a with 64 bits: digests tell a changed value from an unchanged one among a few objects
//! that we wrote ourselves; nobody gains by making two of them collide.

use std::io;

use serde::Serialize;

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Digest of anything that serialises to JSON, as 16 hexadecimal digits.
pub fn of(value: &impl Serialize) -> String {
    let mut hasher = Fnv(OFFSET);
    // Writing into the hasher cannot fail, and maps with keys that are not strings do not occur
    // in Kubernetes objects; an unserialisable value would still get a digest of its beginning.
    let _ = serde_json::to_writer(&mut hasher, value);
    format!("{:016x}", hasher.0)
}

struct Fnv(u64);

impl io::Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::of;

    #[test]
    fn the_order_of_keys_does_not_matter_and_values_do() {
        let one: serde_json::Value = serde_json::from_str(r#"{"a":1,"b":[2,3]}"#).unwrap();
        let other: serde_json::Value = serde_json::from_str(r#"{"b":[2,3],"a":1}"#).unwrap();
        assert_eq!(of(&one), of(&other));
        assert_ne!(of(&one), of(&json!({"a": 1, "b": [3, 2]})));
    }
}
