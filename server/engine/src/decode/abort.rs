//! Leaving a decode call in its middle: between two steps of one, llama.cpp asks whether its result is still wanted. A call of a
//! large model takes a third of a second; a step of it, milliseconds. On the processor only: a GPU's call is gone through to its end.

use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_sys_2::llama_context_params;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::dispatcher::{Dispatch, with_default};
use trust_inference::CancelToken;

/// What the calls of one context look at. It has to outlive the context.
#[derive(Default)]
pub(super) struct Abort {
    cancel: Mutex<Option<CancelToken>>,
}

/// As long as this is there, calls end in their middle when its token is raised.
pub(crate) struct Watch(Arc<Abort>);

impl Drop for Watch {
    fn drop(&mut self) {
        *self.0.cancel() = None;
    }
}

// The safe crate's parameters are llama.cpp's own and nothing beside them: one field that takes up all there is lies at its start.
const _: () = assert!(
    size_of::<LlamaContextParams>() == size_of::<llama_context_params>()
        && align_of::<LlamaContextParams>() == align_of::<llama_context_params>()
);

impl Abort {
    /// Has the context that is made of `params` ask this one. The caller drops that context before it.
    #[allow(unsafe_code, reason = "the safe crate has no way to the parameter")]
    pub(super) fn install(self: &Arc<Self>, params: &mut LlamaContextParams) {
        let own = (&raw mut *params).cast::<llama_context_params>();
        // SAFETY: `params` is borrowed mutably and holds, by the assertion above, one value of that type at its start. What is
        // written are a function of the type that is asked for, and the address which it takes: that of a value that an `Arc`
        // keeps in place.
        unsafe {
            (*own).abort_callback = Some(is_unwanted);
            (*own).abort_callback_data = Arc::as_ptr(self).cast_mut().cast::<c_void>();
        }
    }

    pub(super) fn watch(self: &Arc<Self>, cancel: CancelToken) -> Watch {
        *self.cancel() = Some(cancel);
        Watch(self.clone())
    }

    /// Whether a call would be left now.
    pub(super) fn is_raised(&self) -> bool {
        self.cancel().as_ref().is_some_and(CancelToken::is_cancelled)
    }

    /// Makes a call that may be left, of which llama.cpp logs an error each time. What else goes wrong comes back as one.
    pub(super) fn quietly<T>(&self, call: impl FnOnce() -> T) -> T {
        let watches = self.cancel().is_some();
        if watches { with_default(&Dispatch::none(), call) } else { call() }
    }

    fn cancel(&self) -> MutexGuard<'_, Option<CancelToken>> {
        self.cancel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What llama.cpp calls, on the thread that decodes or one that it has for that.
///
/// # Safety
/// `data` is the address of an [`Abort`] that is there as long as the context.
#[allow(unsafe_code, reason = "the safe crate has no way to the parameter")]
unsafe extern "C" fn is_unwanted(data: *mut c_void) -> bool {
    // SAFETY: as above; it is shared, and nothing in it changes but behind its lock. Nothing here panics.
    let abort = unsafe { &*data.cast_const().cast::<Abort>() };
    abort.is_raised()
}
