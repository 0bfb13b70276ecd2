package lyceum.model.alignment;

import lyceum.data.skill.ChatExample;

/** Two answers to one prompt of which one was preferred. */
public record PreferencePair(ChatExample example, String chosen, String rejected) {}
