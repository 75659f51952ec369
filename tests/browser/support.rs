//! What the tests of all modules need: options, the effects that were asked for, and work that is under way.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use space_auth_wasm::browser::machine;
use space_auth_wasm::js::options::Options;
use space_auth_wasm::protocol::json::Json;

pub fn options(text: &str) -> Options {
    Options::new(text).unwrap_or_else(|_| panic!("{text} is well-formed"))
}

/// What the module asked for: the kind, the number and the whole of it.
pub fn asked(effects: &str) -> Vec<(String, u32, Json)> {
    let json = Json::parse(effects).unwrap();
    let Json::List(items) = &json else { panic!("a list: {effects}") };
    let number = |item: &Json| u32::try_from(item.member("effect").unwrap().integer().unwrap()).unwrap();
    // Read again one by one: a value cannot be moved out of what wipes itself.
    let texts = split_list(effects);
    items
        .iter()
        .zip(texts)
        .map(|(item, text)| (item.text_of("kind").unwrap().to_owned(), number(item), Json::parse(&text).unwrap()))
        .collect()
}

/// The texts of the objects in a list.
fn split_list(list: &str) -> Vec<String> {
    let (mut texts, mut depth, mut quoted, mut escaped, mut start) = (Vec::new(), 0, false, false, 0);
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b'}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    texts.push(list[start..=at].to_owned());
                }
            }
            _ => {}
        }
    }
    texts
}

/// Starts work whose result is noted when it is there.
pub fn noting<T: 'static>(work: impl Future<Output = T> + 'static) -> Rc<RefCell<Option<T>>> {
    let outcome: Rc<RefCell<Option<T>>> = Rc::default();
    let noted = outcome.clone();
    machine::spawn(Box::pin(async move {
        let result = work.await;
        *noted.borrow_mut() = Some(result);
    }));
    outcome
}
