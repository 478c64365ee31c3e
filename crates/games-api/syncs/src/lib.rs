//! For tests only: counts how often SQLite waits until its log is on the disk.
//!
//! SQLite reads and writes through a table of functions, its VFS. [`watch`] puts one in front of the system's own: the same functions,
//! but for the one that syncs, which counts and then does what it did before.

use std::{
    collections::HashMap,
    ffi::{c_char, c_int},
    sync::{
        Mutex, Once, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use rusqlite::ffi;

static SYNCS: AtomicU64 = AtomicU64::new(0);
/// The tables made so far, by the address of the one that each stands for.
static WATCHED: Mutex<Option<HashMap<usize, &'static Watched>>> = Mutex::new(None);

/// A file's functions with ours among them. The first member is what SQLite sees.
#[repr(C)]
struct Watched {
    table: ffi::sqlite3_io_methods,
    original: &'static ffi::sqlite3_io_methods,
}

// SAFETY: both are read only, and their pointers are those of functions.
unsafe impl Send for Watched {}
// SAFETY: as above.
unsafe impl Sync for Watched {}

/// How often a write-ahead log was synced by this process, since [`watch`].
#[must_use]
pub fn log_syncs() -> u64 {
    SYNCS.load(SeqCst)
}

/// Watches every file that SQLite opens in this process from now on.
///
/// # Panics
/// When SQLite has no VFS, or takes no other one.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: SQLite starts itself; null asks for its default VFS, which lives as long as the process.
        let system = unsafe {
            ffi::sqlite3_initialize();
            ffi::sqlite3_vfs_find(std::ptr::null())
        };
        assert!(!system.is_null(), "SQLite has no VFS");
        // SAFETY: it was just found; the copy keeps everything but the name and the function that opens.
        let mut ours = Box::new(unsafe { *system });
        ours.zName = c"watched".as_ptr().cast::<c_char>();
        ours.xOpen = Some(open);
        // SAFETY: it is never freed.
        let taken = unsafe { ffi::sqlite3_vfs_register(Box::leak(ours), 1) };
        assert_eq!(taken, ffi::SQLITE_OK, "SQLite takes no other VFS");
    });
}

/// Opens as the system's VFS does; a log gets our functions.
unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: ours is the first in the list and the system's, which was the first before, the next; the arguments are SQLite's own.
    unsafe {
        let system = (*ffi::sqlite3_vfs_find(std::ptr::null())).pNext;
        let Some(open) = (*system).xOpen else {
            return ffi::SQLITE_MISUSE;
        };
        let opened = open(system, name, file, flags, out);
        if opened == ffi::SQLITE_OK && flags & ffi::SQLITE_OPEN_WAL != 0 {
            (*file).pMethods = &raw const watched(&*(*file).pMethods).table;
        }
        opened
    }
}

/// Our functions in place of these.
fn watched(original: &'static ffi::sqlite3_io_methods) -> &'static Watched {
    let mut tables = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    let address = std::ptr::from_ref(original) as usize;
    tables
        .get_or_insert_default()
        .entry(address)
        .or_insert_with(|| {
            let mut table = *original;
            table.xSync = Some(sync);
            Box::leak(Box::new(Watched { table, original }))
        })
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    SYNCS.fetch_add(1, SeqCst);
    // SAFETY: only files with a table of ours are synced here.
    unsafe {
        let watched = (*file).pMethods.cast::<Watched>();
        match (*watched).original.xSync {
            Some(sync) => sync(file, flags),
            None => ffi::SQLITE_MISUSE,
        }
    }
}
