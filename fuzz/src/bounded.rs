//! An allocator that ends the program where something asks for more memory at once than any input may cause.

use std::alloc::{GlobalAlloc, Layout, System};

pub struct Bounded;

/// In bytes; what the tests of the crates hold them to.
const MOST: usize = 4 << 20;

unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > MOST {
            std::process::abort();
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}
