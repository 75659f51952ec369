//! What happened how often: a simulation that never meets a case proves nothing about it.

macro_rules! coverage {
    ($($name:ident: $text:literal,)*) => {
        #[derive(Default)]
        pub struct Coverage { $(pub $name: u64,)* }

        impl Coverage {
            pub fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }

            /// All counts with what they count.
            pub fn counts(&self) -> Vec<(&'static str, u64)> {
                vec![$(($text, self.$name),)*]
            }
        }
    };
}

coverage! {
    refreshes: "refreshes",
    shared: "calls that shared a refresh",
    adoptions: "adoptions instead of a refresh",
    superseded: "superseded writes",
    steals: "turns taken from their holders",
    turns_in_vain: "turns that did not come in time",
    lost_requests: "lost requests",
    lost_answers: "lost answers",
    faults: "faulty answers",
    timeouts: "requests that took too long",
    lawful_repetitions: "refresh tokens sent again after a loss",
    revoked: "refreshes refused by invalid_grant",
    kills: "killed tabs",
    killed_turns: "killed tabs that had a turn",
    frozen_turns: "frozen tabs that had a turn",
    logouts: "logouts",
    logouts_in_refresh: "logouts during a refresh",
    sign_ins_in_refresh: "sign-ins during a refresh",
    in_memory: "records kept in memory",
    handed_over: "records handed over from memory",
    written_again: "records written again, since another order was kept",
    clears: "cleared stores",
    clock_jumps: "jumps of the wall clock",
    waits_for_text: "reads that waited for the newest record",
}
