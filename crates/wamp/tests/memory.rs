//! What is announced costs nothing: reading and rewriting a message takes memory by the bytes that came. In a process of its own, as it
//! counts all of what is allocated.

use bytes::Bytes;
use peak_alloc::PeakAlloc;
use wamp::Serializer;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How many bytes one byte of a message may become: an element of a byte is a value of 32, in a list that grows by doubling.
const FACTOR: usize = 160;

/// What anything costs.
const BASE: usize = 16 << 10;

/// The most that was allocated at a time while this was done.
fn peak(work: impl FnOnce()) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    work();
    MEMORY.peak_usage().saturating_sub(before)
}

#[test]
fn no_message_takes_more_memory_than_its_bytes_allow() {
    let many = 100_000;
    let packed = |head: &[u8], rest: &[u8]| [head, rest].concat();
    let hostile = [
        (
            Serializer::MsgPack,
            packed(&[0x94, 50, 1, 0x80, 0xdd, 0xff, 0xff, 0xff, 0xff], &[]),
        ),
        (
            Serializer::MsgPack,
            packed(&[0x93, 50, 1, 0xdf, 0xff, 0xff, 0xff, 0xff], &[]),
        ),
        (
            Serializer::MsgPack,
            packed(
                &[0x93, 50, 1, 0x81, 0xa1, b'k', 0xdd, 0, 1, 0x86, 0xa0],
                &vec![0xc0; many],
            ),
        ),
        (
            Serializer::MsgPack,
            packed(
                &[0x94, 50, 1, 0x80, 0xdd, 0, 1, 0x86, 0xa0],
                &vec![0x90; many],
            ),
        ),
        (
            Serializer::MsgPack,
            packed(&[0x94, 50, 1, 0x80], &vec![0x91; many]),
        ),
        (
            Serializer::Cbor,
            packed(
                &[
                    0x84, 0x18, 50, 1, 0xa0, 0x9b, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                ],
                &[],
            ),
        ),
        (
            Serializer::Cbor,
            packed(
                &[0x84, 0x18, 50, 1, 0xa0, 0x9f],
                &[[0x9f, 0xff].repeat(many), vec![0xff]].concat(),
            ),
        ),
        (
            Serializer::Cbor,
            packed(
                &[0x83, 0x18, 50, 1, 0xa1, 0x61, b'k', 0x9f],
                &[vec![0xf6; many], vec![0xff]].concat(),
            ),
        ),
        (
            Serializer::Json,
            format!("[50,1,{{}},[{}0]]", "[],".repeat(many)).into_bytes(),
        ),
        (
            Serializer::Json,
            format!("[50,1,{{}},{}", "[".repeat(many)).into_bytes(),
        ),
    ];
    for (serializer, frame) in hostile {
        let frame = Bytes::from(frame);
        let peak = peak(|| {
            if let Ok(message) = serializer.decode(&frame) {
                for other in Serializer::ALL {
                    drop(other.encode(&message));
                }
            }
        });
        let allowed = BASE + FACTOR * frame.len();
        let begin = &frame[..frame.len().min(16)];
        assert!(
            peak <= allowed,
            "{serializer} {begin:02x?}…: {peak} bytes for {}",
            frame.len()
        );
    }
}
