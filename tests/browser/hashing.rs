//! SHA-256, which the module brings along.

use space_auth_wasm::protocol::pkce;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a05_sha_256_of_the_module_is_that_of_rfc_7636() {
    assert_eq!(
        pkce::challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
    assert_eq!(pkce::challenge(""), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    assert_eq!(pkce::challenge("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    assert_eq!(pkce::challenge(&"a".repeat(1_000_000)), "zcduXJkU-5KBocfihNc-Z_GAmkiklyAOBG05zMcRLNA");
}
