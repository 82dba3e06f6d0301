//! Files: kept caches, mapped weights, broken models, other quantisations.

use super::*;

/// Another mapping of the same file shares its pages: so do other windows.
#[cfg(target_os = "linux")]
#[test]
fn weights_are_mapped_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let is_mapped = |path: &Path| {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        maps.contains(path.to_str().unwrap())
    };
    for mapped in [false, true] {
        let path = folder.path().join(format!("{mapped}.gguf"));
        std::fs::copy(bundled(), &path).unwrap();
        let engine =
            Engine::load(&path, EngineOptions { context: 256, mapped, ..EngineOptions::default() }).unwrap();
        assert_eq!(is_mapped(&path), mapped);
        drop(engine);
        assert!(!is_mapped(&path));
    }
}

#[test]
fn the_cache_outlives_the_engine_unless_something_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("kv");
    let open_as = |context, layout| {
        let options =
            EngineOptions { context, layout, snapshot: Some(snapshot.clone()), ..EngineOptions::default() };
        Engine::load(&bundled(), options).unwrap()
    };
    let open = |context| open_as(context, None);
    let (file, list) = (snapshot.join("0.kv"), snapshot.join("list.json"));
    type Harm<'a> = &'a dyn Fn();
    let cut = || std::fs::write(&file, &std::fs::read(&file).unwrap()[..5000]).unwrap();
    let flip = || {
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 64;
        std::fs::write(&file, bytes).unwrap();
    };
    let edit = |from: &str, to: &str| {
        let text = std::fs::read_to_string(&list).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&list, text.replace(from, to)).unwrap();
    };
    let cases: [(&str, u32, bool, Harm<'_>); 8] = [
        ("as it was left", 1024, true, &|| ()),
        ("another size", 512, false, &|| ()),
        ("cut off", 1024, false, &cut),
        ("a bit flipped", 1024, false, &flip),
        ("no list", 1024, false, &|| std::fs::remove_file(&list).unwrap()),
        ("a broken list", 1024, false, &|| edit("{", "[")),
        ("a list that would lead elsewhere", 1024, true, &|| edit("0.kv", "../../0.kv")),
        ("a list of other probabilities", 1024, false, &|| edit("\"next\":[[", "\"next\":[[7,-0.1],[")),
    ];
    let (expected, ..) = answer(&engine(), fill(PREFIX, "\n}\n")).unwrap();
    for (what, context, kept, harm) in cases {
        let _ = std::fs::remove_dir_all(&snapshot);
        answer(&open(1024), fill(PREFIX, "\n}\n")).unwrap();
        harm();
        let engine = open(context);
        let (text, _, finish) = answer(&engine, fill(PREFIX, "\n}\n")).unwrap();
        assert_eq!(text, expected, "{what}");
        assert_eq!(finish.usage.prefilled < 3, kept, "{what}: {:?}", finish.usage);
        assert!(!snapshot.exists(), "{what}: it is taken away before it is read");
    }
    // Told of holes in another order, and then as before.
    for (layout, kept) in [(Some(FimLayout::Psm), false), (Some(FimLayout::Spm), true)] {
        let _ = std::fs::remove_dir_all(&snapshot);
        answer(&open(1024), fill(PREFIX, "\n}\n")).unwrap();
        let (.., finish) = answer(&open_as(1024, layout), fill(PREFIX, "\n}\n")).unwrap();
        assert_eq!(finish.usage.prefilled < 3, kept, "{layout:?}: {:?}", finish.usage);
    }
}

#[test]
fn broken_files_are_refused_with_a_reason() {
    let folder = std::env::temp_dir().join(format!("trust-engine-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let bytes = std::fs::read(bundled()).unwrap();
    let cases: [(&str, &[u8]); 4] = [
        ("empty", b""),
        ("text", b"not a model"),
        ("header", &bytes[..24]),
        ("half", &bytes[..bytes.len() / 2]),
    ];
    for (name, content) in cases {
        let path = folder.join(format!("{name}.gguf"));
        std::fs::write(&path, content).unwrap();
        let result = Engine::load(&path, EngineOptions::default());
        let error = result.err().unwrap_or_else(|| panic!("{name} was loaded"));
        assert!(matches!(error, LoadError::File(_)), "{name}: {error}");
    }
    assert!(Engine::load(&folder.join("absent.gguf"), EngineOptions::default()).is_err());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn fewer_bits_a_weight_make_a_smaller_file_and_a_model_that_knows_less() {
    let folder = tempfile::tempdir().unwrap();
    let text = include_str!("../../src/words.rs");
    let before = engine().bits_per_byte(text).unwrap();
    assert!((0.5..8.0).contains(&before), "{before}");
    let size = |path: &Path| path.metadata().unwrap().len();
    let (mut last, mut losses) = (size(&bundled()), Vec::new());
    for into in [Quantisation::Q6K, Quantisation::Q4_0] {
        let path = folder.path().join(into.name());
        quantise(&bundled(), &path, into, 1).unwrap();
        let made = Engine::load(&path, EngineOptions { context: 1024, ..EngineOptions::default() }).unwrap();
        losses.push(made.bits_per_byte(text).unwrap() / before - 1.0);
        assert!(size(&path) < last, "{}", into.name());
        last = size(&path);
    }
    assert!(losses[0].abs() < 0.05 && losses[1] > losses[0] && losses[1] < 0.5, "{losses:?}");
    assert_eq!("q4_k_m".parse(), Ok(Quantisation::Q4KM));
    assert!("Q3".parse::<Quantisation>().unwrap_err().contains("Q4_K_M"));
    let nowhere = folder.path().join("none/a.gguf");
    assert!(quantise(&bundled(), &nowhere, Quantisation::Q4_0, 1).is_err());
    assert!(matches!(
        quantise(&nowhere, &folder.path().join("b"), Quantisation::Q4_0, 1),
        Err(LoadError::File(_))
    ));
}
