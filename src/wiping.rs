//! The module's memory. What is freed is overwritten with zeros first, so that no token, password or secret outlives
//! the text that held it: those of this crate, and those by which the glue carries texts in and out.

use std::alloc::{GlobalAlloc, Layout};

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

/// dlmalloc, the default, costs 2 KB more (brotli).
struct Wiping(WasmDynamicTalc);

// SAFETY: all is left to the allocator; what is overwritten belongs to the caller, who gives it up. A block that
// moves is freed like any other, by the default `realloc`.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe {
            pointer.write_bytes(0, layout.size());
            self.0.dealloc(pointer, layout);
        }
    }
}

#[global_allocator]
static ALLOCATOR: Wiping = Wiping(new_wasm_dynamic_allocator());
