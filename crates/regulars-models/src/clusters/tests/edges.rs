//! Invalid input and its fallbacks.

use super::*;

#[test]
fn too_few_or_equal_customers_are_refused_or_cut() {
    let refused = cluster(&[1.0, 1.0, 1.0], 1, ClusterParams::default(), 0).expect_err("equal");
    assert!(
        matches!(&refused, Error::NoUsableFeature { reasons } if reasons.contains("same for every customer"))
    );
    assert!(matches!(cluster(&[], 1, ClusterParams::default(), 0), Err(Error::NoUsableFeature { .. })));
    let two = cluster(&[1.0, 2.0], 1, ClusterParams::default(), 0).expect_err("two");
    assert_eq!(two, Error::TooFewCustomers { rows: 2, clusters: 2 });
    let more = ClusterParams { clusters_min: 4, ..ClusterParams::default() };
    let three = cluster(&[1.0, 2.0, 3.0, 3.0, 3.0], 1, more, 0).expect_err("three distinct");
    assert_eq!(three, Error::TooFewRows { rows: 3, clusters: 4 });
    let forced = ClusterParams { clusters: Some(5), ..ClusterParams::default() };
    let refused = cluster(&[1.0, 2.0, 3.0, 3.0], 1, forced, 0).expect_err("fewer distinct");
    assert_eq!(refused, Error::TooFewRows { rows: 3, clusters: 5 });
    assert!(refused.hint().is_some());
    let few = cluster(&[1.0, 2.0, 9.0, 9.5, 1.5], 1, ClusterParams::default(), 0).expect("clustered");
    assert_eq!(few.selection.candidates.len(), 3, "2, 3 and 4 of 5 distinct customers");
    assert!(few.notes.iter().any(|note| note.contains("more than 4")), "{:?}", few.notes);
}

#[test]
fn a_number_can_be_forced() {
    let (values, _) = clouds(&[100, 100, 100], 2, 6.0, 3);
    for forced in [1, 2, 5, 12] {
        let params = ClusterParams { clusters: Some(forced), ..ClusterParams::default() };
        let found = cluster(&values, 2, params, 0).expect("clustered");
        assert_eq!((found.selection.chosen, found.model.clusters.len()), (forced, forced));
        assert_eq!(found.selection.rule, "set by the configuration");
        assert_eq!(found.silhouettes.iter().flatten().count(), if forced == 1 { 0 } else { 300 });
    }
}

#[test]
fn missing_values_become_the_median_and_empty_features_are_dropped() {
    let first: Vec<f64> =
        (0..100).map(|at| if at % 4 == 0 { f64::NAN } else { f64::from(at % 10) }).collect();
    let second: Vec<f64> = (0..100).map(|at| f64::from(at / 50)).collect();
    let none = vec![f64::NAN; 100];
    let rare: Vec<f64> = (0..100).map(|at| if at < 30 { f64::from(at) } else { f64::NAN }).collect();
    let copy: Vec<f64> = first.iter().map(|value| 3.0 - 2.0 * value).collect();
    let all = [("a", &first), ("b", &second), ("none", &none), ("rare", &rare), ("copy", &copy)]
        .map(|(name, values)| Column { name, values });
    let preparation = Preparation::fit(&all, &PreparationParams::default()).expect("prepared");
    let kept: Vec<&str> = preparation.features.iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(kept, ["a", "b"]);
    let reasons: Vec<String> =
        preparation.dropped.iter().map(|dropped| format!("{} {}", dropped.name, dropped.reason)).collect();
    assert_eq!(
        reasons,
        [
            "none has no value for any customer",
            "rare is missing for 70% of the customers",
            "copy has a correlation of -1.000 with `a`"
        ]
    );
    let feature = &preparation.features[0];
    assert_eq!(feature.prepared(f64::NAN).to_bits(), feature.prepared(feature.median).to_bits());
    let matrix = preparation.apply(&all).expect("applied");
    assert!(matrix.values.iter().all(|value| value.is_finite()));
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let (three, two) = ([1.0, 2.0, 3.0], [1.0, 2.0]);
    let infinite = [1.0, f64::INFINITY, 3.0];
    let fails = |columns: &[Column<'_>]| {
        fit(columns, None, None, &valid(ClusterParams::default()), &mut rng(0))
            .expect_err("refused")
            .to_string()
    };
    let a = Column { name: "a", values: &three };
    assert_eq!(fails(&[a, Column { name: "b", values: &two }]), "feature `b` has 2 values for 3 customers");
    assert_eq!(fails(&[a, a]), "feature `a` is given twice");
    assert!(fails(&[a, Column { name: "b", values: &infinite }]).starts_with("feature `b` of customer 1"));
    assert_eq!(fails(&[]), "no usable feature to cluster on: none was given");
}

#[test]
fn a_kept_model_asks_for_its_features() {
    let (values, _) = clouds(&[100, 100, 100], 2, 6.0, 3);
    let found = cluster(&values, 2, ClusterParams::default(), 0).expect("clustered");
    let one = [1.0];
    let lacking = [Column { name: "feature_0", values: &one }];
    let refused = found.model.assign(&lacking).expect_err("lacking");
    assert_eq!(refused, Error::MissingFeature { name: "feature_1".into() });
    assert!(refused.hint().is_some());
    let columns =
        [lacking[0], Column { name: "feature_1", values: &one }, Column { name: "x", values: &one }];
    assert_eq!(found.model.assign(&columns).expect("extra columns are ignored").labels.len(), 1);
    let beyond = explain(&found.model, &columns, 1).expect_err("beyond");
    assert_eq!(beyond, Error::NoSuchRow { row: 1, rows: 1 });
}

#[test]
fn settings_out_of_range_are_refused() {
    let preparation = |change: fn(&mut PreparationParams)| {
        let mut params = ClusterParams::default();
        change(&mut params.preparation);
        params
    };
    for refused in [
        ClusterParams { clusters: Some(0), ..ClusterParams::default() },
        ClusterParams { clusters_min: 1, ..ClusterParams::default() },
        ClusterParams { clusters_max: 1, ..ClusterParams::default() },
        ClusterParams { clusters_max: 101, ..ClusterParams::default() },
        ClusterParams { starts: 0, ..ClusterParams::default() },
        ClusterParams { bootstrap_rows: 3, ..ClusterParams::default() },
        ClusterParams { silhouette_sample_rows: 0, ..ClusterParams::default() },
        preparation(|p| p.missing_share = 2.0),
        preparation(|p| p.winsor = [0.9, 0.1]),
        preparation(|p| p.log_skewness = f64::NAN),
        preparation(|p| p.duplicate_correlation = 0.0),
    ] {
        assert!(matches!(refused.clone().check(), Err(Error::Setting { .. })), "{refused:?}");
    }
}

#[test]
fn clusters_and_segments_are_counted_against_each_other() {
    let table = cross_table(&[0, 0, 1, 1, 1], 2, &[2, 0, 2, 2, 1], 3).expect("counted");
    assert_eq!(table, [[1, 0, 1], [0, 1, 2]]);
    assert!(matches!(cross_table(&[0], 1, &[0, 1], 2), Err(Error::ColumnLength { .. })));
    assert!(matches!(cross_table(&[1], 1, &[0], 2), Err(Error::NoSuchRow { .. })));
}

#[test]
fn as_many_clusters_as_distinct_customers_are_tried_where_some_are_alike() {
    let values: Vec<f64> = (0..60).flat_map(|at| [[0.0, 4.0], [1.0, 0.0], [9.0, 9.0]][at % 3]).collect();
    let found = cluster(&values, 2, ClusterParams::default(), 0).expect("clustered").selection;
    assert_eq!(found.chosen, 3, "{found:?}");
    assert_eq!(found.candidates.last().and_then(|candidate| candidate.silhouette), Some(1.0));
}

#[test]
fn without_refits_the_rule_does_not_speak_of_stability() {
    let (values, _) = clouds(&[100, 100, 100], 2, 6.0, 3);
    let params = ClusterParams { bootstraps: 0, ..ClusterParams::default() };
    let found = cluster(&values, 2, params, 0).expect("clustered").selection;
    assert!(!found.rule.contains("stability") && found.rule.contains("no cluster below"), "{}", found.rule);
}

#[test]
fn other_methods_are_left_out_where_customers_are_too_few_for_them() {
    for (customers, clusters) in [(2, 2), (12, 10), (12, 12), (5, 4)] {
        let (values, _) = clouds(&[customers], 2, 1.0, 4);
        let rows = regulars_stats::clusters::Rows::new(&values, 2).expect("rows");
        let table = alternatives(rows, clusters, &mut rng(1)).expect("compared");
        let k_means = table.first().expect("K-means itself");
        assert_eq!((k_means.method, k_means.clusters), (Method::KMeans, clusters));
    }
}

#[test]
fn missing_values_and_values_too_large_are_told_of() {
    let gaps: Vec<f64> = (0..60).map(|at| if at % 5 == 0 { f64::NAN } else { f64::from(at) }).collect();
    let huge: Vec<f64> = (0..60).map(|at| if at % 5 == 0 { 1e308 } else { f64::from(at) }).collect();
    let plain: Vec<f64> = (0..60).map(|at| f64::from((at * 13) % 11)).collect();
    let columns =
        [("gaps", &gaps), ("huge", &huge), ("plain", &plain)].map(|(name, values)| Column { name, values });
    for transform in [true, false] {
        let preparation = PreparationParams { transform, ..PreparationParams::default() };
        let with = valid(ClusterParams { preparation, ..ClusterParams::default() });
        let notes = fit(&columns, None, None, &with, &mut rng(0)).expect("clustered").notes;
        for expected in
            ["`huge` has values too large to compute with", "`gaps` is missing for 12 customers (20%)"]
        {
            assert!(notes.iter().any(|note| note.contains(expected)), "{expected}: {notes:?}");
        }
    }
}

/// What is damaged, and how.
type Damage = (&'static str, fn(&mut ClusterModel));

#[test]
fn a_damaged_model_is_refused() {
    let (values, _) = clouds(&[100, 100, 100], 2, 6.0, 3);
    let (names, columns) = (numbered(2), columns(&values, 2));
    let found = cluster(&values, 2, ClusterParams::default(), 0).expect("clustered");
    assert_eq!(found.model.check(), Ok(()));
    let damages: [Damage; 13] = [
        ("no deviation", |model| model.preparation.features[0].deviation = 0.0),
        ("no number", |model| model.preparation.features[1].mean = f64::NAN),
        ("limits", |model| model.preparation.features[1].lower = 1e9),
        ("scale", |model| model.preparation.features[1].log_scale = Some(0.0)),
        ("twice", |model| model.preparation.features[1].name = "feature_0".into()),
        ("features", |model| model.preparation.features.clear()),
        ("values", |model| model.centroids.values.truncate(3)),
        ("width", |model| model.centroids.width = 0),
        ("infinite", |model| model.centroids.values[0] = f64::INFINITY),
        ("clusters", |model| model.clusters.truncate(1)),
        ("number", |model| model.clusters[1].id = 1),
        ("name", |model| model.clusters[1].name = model.clusters[0].name.clone()),
        ("picture", |model| model.projection.middle.truncate(1)),
    ];
    for (damage, make) in damages {
        let mut model = found.model.clone();
        make(&mut model);
        assert!(matches!(model.check(), Err(Error::Damaged { .. })), "{damage}");
        let next =
            fit(&named(&names, &columns), None, Some(&model), &valid(ClusterParams::default()), &mut rng(0));
        assert!(matches!(next, Err(Error::Damaged { .. })), "{damage}");
    }
}
