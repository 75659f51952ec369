//! Whether an access token is still good, judged at use from both clocks. No timers.

/// How far the wall clock may have gone back before its word is doubted, in milliseconds.
const TOLERANCE: u64 = 60_000;

/// When a token was received and how long it lives. All in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// Wall clock at receipt.
    pub issued_at: u64,
    /// `None` when the server did not say.
    pub expires_at: Option<u64>,
    /// Monotonic clock at receipt, when it was received by this very page.
    pub monotonic: Option<u64>,
}

impl Lifetime {
    /// Whether the token is good for another `validity` milliseconds, but never asking for more than a third of
    /// its whole life, so that short-lived tokens are not refreshed without end.
    #[must_use]
    pub fn is_good_for(&self, validity: u64, now: u64, monotonic: u64) -> bool {
        let Some(expires_at) = self.expires_at else { return true };
        let life = expires_at.saturating_sub(self.issued_at);
        let validity = validity.min(life / 3);
        let by_wall_clock = now.saturating_add(validity) < expires_at;
        match self.monotonic {
            Some(received) => by_wall_clock && monotonic.saturating_sub(received).saturating_add(validity) < life,
            None => by_wall_clock && now.saturating_add(TOLERANCE) >= self.issued_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;
    const YEARS: u64 = 3_650 * DAY;

    fn ten_minutes() -> Lifetime {
        Lifetime { issued_at: YEARS, expires_at: Some(YEARS + 600_000), monotonic: Some(5_000) }
    }

    #[test]
    fn a_token_is_good_until_the_margin_before_its_end() {
        let token = ten_minutes();
        assert!(token.is_good_for(30_000, YEARS, 5_000));
        assert!(token.is_good_for(30_000, YEARS + 569_999, 574_999));
        assert!(!token.is_good_for(30_000, YEARS + 570_000, 575_000));
        assert!(token.is_good_for(0, YEARS + 599_999, 604_999));
        assert!(!token.is_good_for(0, YEARS + 600_000, 605_000));
    }

    #[test]
    fn the_margin_is_at_most_a_third_of_the_life() {
        let token = Lifetime { issued_at: 0, expires_at: Some(3_000), monotonic: None };
        assert!(token.is_good_for(30_000, 1_999, 0));
        assert!(!token.is_good_for(30_000, 2_000, 0));
    }

    #[test]
    fn d06_an_unknown_expiry_never_expires_by_the_clock() {
        let token = Lifetime { issued_at: 0, expires_at: None, monotonic: Some(0) };
        assert!(token.is_good_for(u64::MAX, u64::MAX, u64::MAX));
    }

    #[test]
    fn e10_clock_jumps_never_lengthen_a_token() {
        let token = ten_minutes();
        assert!(!token.is_good_for(0, YEARS - DAY, 5_000 + 600_000), "set back, but the time has passed");
        assert!(!token.is_good_for(0, YEARS + 600_000, 5_000), "slept, the monotonic clock stood still");
        assert!(!token.is_good_for(0, 2 * YEARS, 5_000), "set forward: one refresh, then it is good again");
        assert!(token.is_good_for(0, YEARS - DAY, 6_000), "set back within its life");
    }

    #[test]
    fn e10_after_a_reload_a_clock_before_the_receipt_is_doubted() {
        let token = Lifetime { monotonic: None, ..ten_minutes() };
        assert!(!token.is_good_for(0, YEARS - DAY, 0));
        assert!(token.is_good_for(0, YEARS - 1_000, 0), "a small correction is none");
    }

    #[test]
    fn d05_arithmetic_saturates() {
        let token = Lifetime { issued_at: u64::MAX, expires_at: Some(u64::MAX), monotonic: Some(u64::MAX) };
        assert!(!token.is_good_for(u64::MAX, u64::MAX, u64::MAX));
    }
}
