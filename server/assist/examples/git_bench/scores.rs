//! B-Norm (sentence BLEU, add-one smoothing, case folded, punctuation apart: the variant closest to people's
//! judgement by Tao et al., 2021) and ROUGE-L (F1 over the longest common subsequence).

fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.to_lowercase().chars() {
        let own = !c.is_alphanumeric();
        if own || c.is_whitespace() {
            words.push(String::new());
        }
        if !c.is_whitespace() {
            if let Some(word) = words.last_mut() {
                word.push(c);
            }
            if own {
                words.push(String::new());
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

pub fn bleu(reference: &str, candidate: &str) -> f64 {
    let (reference, candidate) = (words(reference), words(candidate));
    if reference.is_empty() || candidate.is_empty() {
        return 0.0;
    }
    let mut sum = 0.0;
    for n in 1..=4 {
        let mut left: Vec<&[String]> = reference.windows(n).collect();
        let all = candidate.len().saturating_sub(n - 1);
        let mut hits = 0;
        for gram in candidate.windows(n) {
            if let Some(at) = left.iter().position(|other| *other == gram) {
                left.swap_remove(at);
                hits += 1;
            }
        }
        // Smoothed above single words, so that one missing phrase does not make it all zero.
        let smooth = f64::from(u8::from(n > 1));
        let precision = (f64::from(hits) + smooth) / (all as f64 + smooth).max(1.0);
        if precision == 0.0 {
            return 0.0;
        }
        sum += precision.ln() / 4.0;
    }
    let brevity = (1.0 - reference.len() as f64 / candidate.len() as f64).min(0.0);
    (sum + brevity).exp()
}

pub fn rouge_l(reference: &str, candidate: &str) -> f64 {
    let (reference, candidate) = (words(reference), words(candidate));
    let mut row = vec![0usize; candidate.len() + 1];
    for word in &reference {
        let mut diagonal = 0;
        for (at, other) in candidate.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    let common = row.last().copied().unwrap_or(0) as f64;
    if common == 0.0 { 0.0 } else { 2.0 * common / (reference.len() + candidate.len()) as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_score_one_and_others_less() {
        for (reference, candidate, whole) in
            [("fix: a b c d", "Fix: a b c d", true), ("a b c", "a b x", false)]
        {
            assert_eq!(bleu(reference, candidate) > 0.999, whole, "{candidate}");
            assert_eq!(rouge_l(reference, candidate) > 0.999, whole, "{candidate}");
        }
        assert_eq!((bleu("a", "b"), rouge_l("a", "b"), bleu("a", "")), (0.0, 0.0, 0.0));
        assert!((rouge_l("a b c d", "a c") - 2.0 / 3.0).abs() < 1e-9);
    }
}
