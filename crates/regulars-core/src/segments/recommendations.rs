//! Recommendations per segment, stored as data next to the rules.
//!
//! Not here: how a text is chosen (`recommendation_rule`), and any figures, which a run computes.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::RuleSet;
use super::recommendation_rule::{Evidence, Need, Premise, RecommendationRule};

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("recommendations.toml"))
        .expect("part of the program; every test here reads it")
});

/// The recommendation for the customers of a segment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// What to do.
    pub action: String,
    /// What to offer.
    pub offer: String,
    /// How to contact them.
    pub channel: String,
    /// How often.
    pub cadence: String,
    /// What to avoid, and why.
    pub avoid: String,
}

/// The position of a segment among all scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct ScorePosition {
    /// Bought recently rather than long ago.
    pub recent: bool,
    /// Buys often rather than rarely.
    pub often: bool,
    /// Spends a lot rather than little.
    pub big: bool,
}

/// One text, or several, of which the first whose need is met is used.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Always(String),
    FirstOf(Vec<Choice>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    needs: Option<Need>,
    text: String,
}

impl Text {
    fn for_these(&self, evidence: &Evidence) -> &str {
        match self {
            Self::Always(text) => text,
            Self::FirstOf(list) => {
                let fits = list.iter().find(|one| one.needs.is_none_or(|need| evidence.meets(need)));
                &fits.expect("the last text needs nothing, a test reads all").text
            }
        }
    }
}

#[derive(Deserialize)]
struct Texts {
    action: Text,
    offer: Text,
    channel: Text,
    cadence: Text,
    avoid: Text,
}

impl Texts {
    fn for_these(&self, evidence: &Evidence) -> Recommendation {
        let text = |of: &Text| of.for_these(evidence).to_owned();
        Recommendation {
            action: text(&self.action),
            offer: text(&self.offer),
            channel: text(&self.channel),
            cadence: text(&self.cadence),
            avoid: text(&self.avoid),
        }
    }
}

#[derive(Deserialize)]
struct OfSegment {
    rules: String,
    name: String,
    #[serde(default)]
    premises: Vec<Premise>,
    #[serde(flatten)]
    texts: Texts,
}

#[derive(Deserialize)]
struct PositionTexts {
    #[serde(flatten)]
    position: ScorePosition,
    #[serde(default)]
    premises: Vec<Premise>,
    #[serde(flatten)]
    texts: Texts,
}

#[derive(Deserialize)]
struct Instead {
    rule: RecommendationRule,
    #[serde(flatten)]
    texts: Texts,
}

#[derive(Deserialize)]
struct Words {
    segment: Vec<OfSegment>,
    position: Vec<PositionTexts>,
    instead: Vec<Instead>,
}

impl RuleSet {
    /// The recommendation for each segment, given the evidence about its customers, and the rule that chose
    /// it.
    ///
    /// A segment of a built-in rule set has its own texts; a segment of a user-defined set has those of its
    /// [`ScorePosition`]. Texts whose premises ([`Premise`]) the evidence contradicts are replaced.
    ///
    /// Shape: one per segment, in the order of [`Self::segments`]; `evidence` in the same order (segments
    /// beyond its end get the recommendation for their name).
    pub fn recommendations(&self, evidence: &[Evidence]) -> Vec<(RecommendationRule, Recommendation)> {
        // User-defined rules may reuse the name of a built-in set with another meaning.
        let is_built_in = Self::built_in(&self.name).is_ok_and(|known| known == *self);
        let own = |name: &str| {
            let mut of_set = WORDS.segment.iter().filter(|words| is_built_in && words.rules == self.name);
            of_set.find(|words| words.name == name).map(|words| (words.premises.as_slice(), &words.texts))
        };
        let each = self.segments.iter().enumerate().map(|(at, segment)| {
            let evidence = evidence.get(at).copied().unwrap_or_default();
            let (premises, texts) =
                own(&segment.name).unwrap_or_else(|| position_texts(self.score_position(at)));
            let rule = evidence.rule(premises);
            let instead = WORDS.instead.iter().find(|words| words.rule == rule).map(|words| &words.texts);
            (rule, instead.unwrap_or(texts).for_these(&evidence))
        });
        each.collect()
    }

    /// The place of a segment, from the mean scores of its score triples, each counted once.
    ///
    /// A mean exactly in the middle counts as recent, often and big.
    pub fn score_position(&self, segment: usize) -> ScorePosition {
        let n = usize::from(self.classes);
        let (mut sums, mut count) = ([0; 3], 0);
        for (at, _) in self.cells.iter().enumerate().filter(|(_, cell)| usize::from(**cell) == segment) {
            for (sum, score) in sums.iter_mut().zip([at / (n * n), at / n % n, at % n]) {
                *sum += score + 1;
            }
            count += 1;
        }
        let [recent, often, big] = sums.map(|sum: usize| 2 * sum >= (n + 1) * count);
        ScorePosition { recent, often, big }
    }
}

fn position_texts(position: ScorePosition) -> (&'static [Premise], &'static Texts) {
    let words = WORDS.position.iter().find(|words| words.position == position);
    let words = words.expect("all eight places have words, a test counts them");
    (&words.premises, &words.texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segments::BUILT_IN;

    fn all_texts() -> Vec<(Option<Need>, &'static str)> {
        let words = &*WORDS;
        let of_segments = words.segment.iter().map(|words| &words.texts);
        let others = words.position.iter().map(|w| &w.texts).chain(words.instead.iter().map(|w| &w.texts));
        let mut found = Vec::new();
        for texts in of_segments.chain(others) {
            for text in [&texts.action, &texts.offer, &texts.channel, &texts.cadence, &texts.avoid] {
                match text {
                    Text::Always(text) => found.push((None, text.as_str())),
                    Text::FirstOf(list) => {
                        assert!(list.last().is_some_and(|last| last.needs.is_none()), "{}", list[0].text);
                        found.extend(list.iter().map(|one| (one.needs, one.text.as_str())));
                    }
                }
            }
        }
        found
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
        for (_, text) in all_texts() {
            assert!(!text.contains('!') && !text.ends_with('.') && text.len() > 4, "{text}");
            assert!(text.starts_with(|first: char| first.is_uppercase()), "{text}");
        }
    }

    #[test]
    fn nothing_is_taken_for_granted_that_a_run_may_not_have() {
        for (needs, text) in all_texts() {
            for (word, need) in [
                ("categor", Need::Categories),
                ("go with what they bought", Need::Products),
                ("related products", Need::Products),
                ("others bought", Need::Products),
            ] {
                assert!(!text.contains(word) || needs == Some(need), "{text}");
            }
            // Seasonality is measured for the whole shop, not per segment.
            assert!(!text.to_lowercase().contains("season"), "{text}");
        }
    }

    #[test]
    fn every_place_and_every_rule_that_gives_way_has_words() {
        let words = &*WORDS;
        for at in 0..8 {
            let position = ScorePosition { recent: at & 1 > 0, often: at & 2 > 0, big: at & 4 > 0 };
            assert_eq!(words.position.iter().filter(|w| w.position == position).count(), 1, "{position:?}");
        }
        for rule in RecommendationRule::ALL {
            let expected = usize::from(rule != RecommendationRule::AsNamed);
            assert_eq!(words.instead.iter().filter(|w| w.rule == rule).count(), expected, "{rule:?}");
        }
    }

    #[test]
    fn own_rules_are_advised_by_their_place() {
        let text = "name = \"classic\"\notherwise = \"Rest\"\n\
                    [[segment]]\nname = \"Loyal\"\nr = \"<=2\"\nf = \">=4\"\nm = \">=4\"\n\
                    [[segment]]\nname = \"Fresh\"\nr = 5\nf = 1\nm = 1\n";
        let rules = RuleSet::parse(text, "mine").expect("complete");
        assert_eq!(rules.score_position(0), ScorePosition { recent: false, often: true, big: true });
        assert_eq!(rules.score_position(1), ScorePosition { recent: true, often: false, big: false });
        let advice = rules.recommendations(&[]);
        assert_eq!(advice.len(), 3);
        // A reused name does not make it the built-in segment: its place presumes inactivity.
        assert_eq!(advice[0].0, RecommendationRule::AsNamed);
        let busy = Evidence { is_known: true, bought_lately_share: 0.6, ..Evidence::default() };
        assert_eq!(rules.recommendations(&[busy; 3])[0].0, RecommendationRule::StillBuying);
        let all = RuleSet::parse("name = \"x\"\n[[segment]]\nname = \"All\"\n", "x").expect("complete");
        assert_eq!(all.score_position(0), ScorePosition { recent: true, often: true, big: true });
    }
}
