// The texts of the interface in Spanish, as people in the US speak it: with "usted", in everyday words.
export default {
  dir: "ltr",

  launcher: "Pregunte sobre exosomas",
  launcherAgain: "Siga con el chat",
  title: "Asistente sobre la caída del pelo",
  subtitle: "Asistente automático, no médico",
  close: "Cerrar el chat",
  conversation: "Conversación",
  you: "Usted",
  assistant: "Asistente",
  newest: "Ir al final",
  unread: " sin leer",

  message: "Su mensaje",
  placeholder: "Escriba su pregunta",
  send: "Enviar",
  tooLong: (count, max) => `Son ${count} caracteres; máximo ${max}.`,
  typing: "El asistente está escribiendo",

  starters: ["¿Qué son los exosomas?", "¿De verdad funciona?", "¿Qué riesgos tiene?", "¿Cuánto cuesta?", "Empezar el cuestionario"],
  quickReplies: "Puede preguntar",
  severalAnswers: (count) => `${count} respuestas:`,
  more: "Más preguntas",
  sources: (count) => `Fuentes (${count})`,
  newTab: "(en otra pestaña)",
  helpful: "¿Le sirvió?",
  yes: "Sí",
  no: "No",
  thanks: "Gracias.",
  notStored: "No pudimos guardarlo. Intente otra vez.",

  step: (step, steps) => `Pregunta ${step} de ${steps} como máximo`,
  readback: "Sus respuestas",
  change: "Cambiar",
  years: "O escriba la edad",
  // Long lists are shown in groups, the commonest first. A test compares the values with data/check.yml.
  lists: {
    health_flags: {
      groups: [
        ["Medicinas y salud", "allergy", "nutritional_gap", "blood_thinner_or_bleeding", "underlying_illness"],
        ["Cáncer y defensas", "past_cancer", "active_cancer", "weak_immune_system"],
        ["Embarazo y cuero cabelludo", "pregnant_or_breastfeeding", "scalp_infection"],
      ],
      hints: { underlying_illness: "como una enfermedad autoinmune, queloides o fuegos en los labios" },
    },
  },
  proceed: "Continuar",
  // The small buttons beside each question of the check, by what they ask of the assistant.
  asides: { explain_question: "¿Por qué lo pregunta?", go_back: "Atrás", stop: "Parar" },

  resultReplaced: "El resultado anterior ya no se muestra.",
  result: "Su resultado",
  answers: "Usted me dijo",
  nextStep: "Próximo paso",
  reasons: "Por qué",
  rest: "Sus respuestas, opciones y más",
  moreReasons: "Más razones",
  options: "Opciones mejor estudiadas",
  questions: "Cinco preguntas para su cita",
  keep: "Guardar mi resultado",

  emergency: "En una emergencia, llame ya:",
  call: (number) => `Llamar al ${number}`,
  callClinic: "Llamar a la clínica",

  contact: "Contactar a la clínica",
  callBack: "Pedir que me llamen",
  book: "Pedir una cita",
  startOver: "Empezar de nuevo",
  remove: "Borrar mi chat",
  removed: "Borramos su chat.",
  notRemoved: "No pudimos borrarlo. Intente otra vez.",
  privacy: "Privacidad",

  offline: "No tiene conexión. Su mensaje se enviará cuando vuelva.",
  unanswered: "Aún no hay respuesta. Guardamos su mensaje.",
  unreachable: "El asistente no responde. Guardamos su mensaje.",
  notLoaded: "Esto no se puede mostrar ahora.",
  historyMissing: "Lo anterior no se puede mostrar ahora.",
  retry: "Intentar otra vez",
};
