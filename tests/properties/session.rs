//! What is stored of a session, and for how long its token is good.

use proptest::prelude::*;
use space_auth_wasm::protocol::secret::Secret;
use space_auth_wasm::protocol::token_response::TokenResponse;
use space_auth_wasm::session::expiry::Lifetime;
use space_auth_wasm::session::record::Record;

use crate::json::{is_json, mark, mutated, text_of, value};
use crate::support::{config, members, owner, soup, spa, text, token};

pub fn tokens() -> impl Strategy<Value = TokenResponse> {
    (
        token(),
        prop::option::of(token()),
        prop::option::of(token()),
        prop::option::of(text()),
        prop::option::of(1_u32..0x7fff_ffff),
    )
        .prop_map(|(access, refresh, id, scope, expires_in)| TokenResponse {
            access_token: Secret::new(access),
            expires_in,
            refresh_token: refresh.map(Secret::new),
            id_token: id.map(Secret::new),
            scope,
        })
}

fn moment() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0_u64..200_000, 2 => 1_700_000_000_000_u64..1_800_000_000_000, 1 => any::<u64>(), 1 => Just(u64::MAX)]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn g08_a_record_reads_back_as_it_was(first in tokens(), next in tokens(), [endpoint, id, scope] in [text(), text(), text()], now in 0_u64..1 << 52, later in 0_u64..1 << 52, implicit: bool) {
        let owner_of = |endpoint: &str, id: &str| owner(endpoint, id, &scope);
        let owner = owner_of(&endpoint, &id);
        let grant = if implicit { "implicit" } else { "authorization_code" };
        let record = Record::new(&owner, grant, "f", first, now).unwrap();
        let renewed = record.renewed(next, later);
        prop_assert!(renewed.generation > record.generation);
        prop_assert!(renewed.tokens.refresh_token.is_some() || record.tokens.refresh_token.is_none());
        for record in [record, renewed] {
            let text = record.encode(&owner);
            prop_assert!(is_json(&text));
            let read = Record::decode(&text, &owner).unwrap();
            prop_assert_eq!(&read.encode(&owner), &text);
            prop_assert!(read.tokens.access_token.matches(record.tokens.access_token.expose()));
            prop_assert_eq!((read.generation, read.issued_at, read.expires_at(), read.grant), (record.generation, record.issued_at, record.expires_at(), grant));
            prop_assert_eq!(&read.tokens.scope, &record.tokens.scope);
            prop_assert!(Record::decode(&text, &owner_of(&endpoint, &[&id, "x"].concat())).is_none());
            prop_assert!(Record::decode(&text, &owner_of(&[&endpoint, "/"].concat(), &id)).is_none());
        }
    }

    #[test]
    fn d08_a_renewed_record_keeps_what_the_answer_does_not_say(first in tokens(), next in tokens(), now in 0_u64..1 << 52, later in 0_u64..1 << 52) {
        let record = Record::new(&spa(), "implicit", "f", first.clone(), now).unwrap();
        let renewed = record.renewed(next.clone(), later).tokens;
        let shown = |token: &Option<Secret>| token.as_ref().map(|token| token.expose().to_owned());
        prop_assert!(renewed.access_token.matches(next.access_token.expose()));
        prop_assert_eq!(shown(&renewed.refresh_token), shown(&next.refresh_token).or(shown(&first.refresh_token)));
        prop_assert_eq!(shown(&renewed.id_token), shown(&next.id_token).or(shown(&first.id_token)));
        prop_assert_eq!(renewed.expires_in, next.expires_in, "the lifetime is the new token's own");
        prop_assert_eq!(renewed.scope, next.scope.or(first.scope).or(Some(spa().scope)));
    }

    #[test]
    fn d07_a_scope_is_the_granted_one_or_else_the_requested_one(tokens in tokens(), requested in text()) {
        let record = Record::new(&owner("https://as.example/token", "spa", &requested), "implicit", "f", tokens.clone(), 1).unwrap();
        prop_assert_eq!(record.tokens.scope, tokens.scope.or(Some(requested)));
    }

    #[test]
    fn g02_a_record_that_was_tampered_with_is_whole_or_none(tokens in tokens(), changes in prop::collection::vec((any::<prop::sample::Index>(), mark(), 0_u8..5), 1..4)) {
        let record = Record::new(&spa(), "authorization_code", "f", tokens, 1_000).unwrap();
        let text = changes.into_iter().fold(record.encode(&spa()), |text, (at, with, how)| mutated(&text, at, with, how));
        if let Some(read) = Record::decode(&text, &spa()) {
            prop_assert!(is_json(&text));
            prop_assert!(read.tokens.access_token.expose().bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!(read.tokens.scope.is_some() && ["authorization_code", "implicit"].contains(&read.grant));
            let again = Record::decode(&read.encode(&spa()), &spa()).unwrap();
            prop_assert_eq!(again.encode(&spa()), read.encode(&spa()));
        }
    }

    #[test]
    fn g02_no_text_makes_the_decoder_panic(text in prop_oneof![text(), soup(), members(), value().prop_map(|value| text_of(&value, 7))]) {
        prop_assert!(Record::decode(&text, &spa()).is_none());
    }

    #[test]
    fn only_known_grants_make_a_record(grant in prop_oneof![text(), "(authorization_code|implicit)[a-z ]?"], tokens in tokens()) {
        let record = Record::new(&spa(), &grant, "f", tokens, 1);
        prop_assert_eq!(record.map(|record| record.grant), ["authorization_code", "implicit"].into_iter().find(|known| *known == grant));
    }

    #[test]
    fn g03_keys_are_equal_only_for_equal_settings(one in [text(), text(), text()], other in [text(), text(), text()], shift in 0_usize..3) {
        let key = |[endpoint, id, scope]: &[String; 3]| owner(endpoint, id, scope).key();
        let mut turned = one.clone();
        turned.rotate_left(shift);
        for other in [&other, &turned, &one.clone().map(|text| text + " ")] {
            prop_assert_eq!(key(&one) == key(other), one == *other);
        }
    }

    #[test]
    fn e10_a_token_never_outlives_its_expiry(
        issued_at in moment(), life in prop::option::of(moment()), received in prop::option::of(moment()),
        (validity, now, monotonic) in (moment(), moment(), moment()), (longer, later) in (moment(), moment()),
    ) {
        let token = Lifetime { issued_at, expires_at: life.map(|life| issued_at.saturating_add(life)), monotonic: received };
        let good = token.is_good_for(validity, now, monotonic);
        if let (true, Some(expires_at)) = (good, token.expires_at) {
            prop_assert!(now < expires_at);
            if let Some(received) = received {
                prop_assert!(monotonic.saturating_sub(received) < expires_at - issued_at);
            }
        }
        // What is good later, or for longer, is good now. A clock before the receipt is doubted after a reload.
        let doubted = received.is_none() && now.saturating_add(60_000) < issued_at;
        if !doubted && token.is_good_for(validity, now.saturating_add(later), monotonic) { prop_assert!(good, "by the wall clock"); }
        if token.is_good_for(validity, now, monotonic.saturating_add(later)) { prop_assert!(good, "by the monotonic clock"); }
        if token.is_good_for(validity.saturating_add(longer), now, monotonic) { prop_assert!(good, "by the validity"); }
        if token.expires_at.is_none() { prop_assert!(good, "no expiry is known"); }
    }
}
