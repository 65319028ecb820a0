//! What to do about a segment, in words: data beside the rules.
//!
//! Deliberately not here: any number. What a recommendation could bring is computed by a run.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::RuleSet;

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("recommendations.toml"))
        .expect("part of the program; every test here reads it")
});

/// What to do about the customers of a segment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// What to do.
    pub action: String,
    /// What to offer.
    pub offer: String,
    /// How to reach them.
    pub channel: String,
    /// How often.
    pub cadence: String,
    /// What to leave alone, and why.
    pub avoid: String,
}

/// Where a segment lies among all scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Place {
    /// Bought lately rather than long ago.
    pub recent: bool,
    /// Buys often rather than seldom.
    pub often: bool,
    /// Spends much rather than little.
    pub big: bool,
}

#[derive(Deserialize)]
struct OfSegment {
    rules: String,
    name: String,
    #[serde(flatten)]
    recommendation: Recommendation,
}

#[derive(Deserialize)]
struct OfPlace {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    recommendation: Recommendation,
}

#[derive(Deserialize)]
struct Words {
    segment: Vec<OfSegment>,
    place: Vec<OfPlace>,
}

impl RuleSet {
    /// What to do about each segment.
    ///
    /// A segment of a rule set that comes with the product has words of its own; a segment of own rules has
    /// those of its [`Place`], so that none is without.
    ///
    /// Shape: one recommendation a segment, in the order of [`Self::segments`].
    pub fn recommendations(&self) -> Vec<Recommendation> {
        // Own rules may carry the name of a built-in set, and mean something else.
        let is_built_in = Self::built_in(&self.name).is_ok_and(|known| known == *self);
        let own = |name: &str| {
            let mut of_set = WORDS.segment.iter().filter(|words| is_built_in && words.rules == self.name);
            of_set.find(|words| words.name == name).map(|words| &words.recommendation)
        };
        let each = self.segments.iter().enumerate();
        each.map(|(at, segment)| own(&segment.name).unwrap_or_else(|| of_place(self.place_of(at))).clone())
            .collect()
    }

    /// Where a segment lies: by the mean scores of the triples that belong to it, each counted once.
    ///
    /// A mean in the very middle counts as recent, often and big.
    pub fn place_of(&self, segment: usize) -> Place {
        let n = usize::from(self.classes);
        let (mut sums, mut count) = ([0; 3], 0);
        for (at, _) in self.cells.iter().enumerate().filter(|(_, cell)| usize::from(**cell) == segment) {
            for (sum, score) in sums.iter_mut().zip([at / (n * n), at / n % n, at % n]) {
                *sum += score + 1;
            }
            count += 1;
        }
        let [recent, often, big] = sums.map(|sum: usize| 2 * sum >= (n + 1) * count);
        Place { recent, often, big }
    }
}

fn of_place(place: Place) -> &'static Recommendation {
    let words = WORDS.place.iter().find(|words| words.place == place);
    &words.expect("all eight places have words, a test counts them").recommendation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segments::BUILT_IN;

    fn fields(words: &Recommendation) -> [&String; 5] {
        [&words.action, &words.offer, &words.channel, &words.cadence, &words.avoid]
    }

    #[test]
    fn every_segment_that_comes_with_the_product_has_words_of_its_own() {
        let words = &*WORDS;
        let mut named = 0;
        for rules in BUILT_IN {
            for segment in RuleSet::built_in(rules).expect("built in").segments {
                let of_it = words.segment.iter().filter(|w| w.rules == rules && w.name == segment.name);
                assert_eq!(of_it.count(), 1, "{rules}: {}", segment.name);
                named += 1;
            }
        }
        assert_eq!(words.segment.len(), named, "words for segments that there are not");
        let all = words.segment.iter().map(|w| &w.recommendation);
        for text in all.chain(words.place.iter().map(|w| &w.recommendation)).flat_map(fields) {
            assert!(!text.contains('!') && !text.ends_with('.') && text.len() > 4, "{text}");
            assert!(text.starts_with(|first: char| first.is_uppercase()), "{text}");
        }
    }

    #[test]
    fn every_place_has_words() {
        let words = &*WORDS;
        for at in 0..8 {
            let place = Place { recent: at & 1 > 0, often: at & 2 > 0, big: at & 4 > 0 };
            assert_eq!(words.place.iter().filter(|w| w.place == place).count(), 1, "{place:?}");
        }
    }

    #[test]
    fn own_rules_are_advised_by_their_place() {
        let text = "name = \"classic\"\notherwise = \"Rest\"\n\
                    [[segment]]\nname = \"Loyal\"\nr = \"<=2\"\nf = \">=4\"\nm = \">=4\"\n\
                    [[segment]]\nname = \"Fresh\"\nr = 5\nf = 1\nm = 1\n";
        let rules = RuleSet::parse(text, "mine").expect("complete");
        assert_eq!(rules.place_of(0), Place { recent: false, often: true, big: true });
        assert_eq!(rules.place_of(1), Place { recent: true, often: false, big: false });
        let advice = rules.recommendations();
        assert_eq!(advice.len(), 3);
        // A name alone does not make it the built-in segment.
        assert_eq!(advice[0].action, "Win them back in person");
        assert_eq!(advice[1].action, "Bring them to the next order");
        let all = RuleSet::parse("name = \"x\"\n[[segment]]\nname = \"All\"\n", "x").expect("complete");
        assert_eq!(all.place_of(0), Place { recent: true, often: true, big: true });
        let classic = RuleSet::built_in("classic").expect("built in").recommendations();
        assert_eq!(classic[2].action, "Ask them back before they are gone");
    }
}
