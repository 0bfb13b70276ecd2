package lyceum.contracts.evaluation;

import lyceum.contracts.finetuning.ChatSet;
import lyceum.contracts.tokenizer.TokenizerResult;
import lyceum.core.recipe.EvaluationSettings;

/** The held-out text and questions that a life's models are measured on, and how. */
public record Suite(EvaluationSettings settings, TokenizerResult tokens, ChatSet chats) {}
