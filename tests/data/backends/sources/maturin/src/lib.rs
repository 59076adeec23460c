#![no_std]

#[no_mangle]
pub extern "C" fn answer() -> i32 {
    42
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
