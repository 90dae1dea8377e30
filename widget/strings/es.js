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
  newest: "Ir al más reciente",
  unread: (count) => `${count} sin leer`,

  message: "Su mensaje",
  placeholder: "Escriba su pregunta",
  send: "Enviar",
  tooLong: (count, max) => `Su mensaje tiene ${count} caracteres; el máximo es ${max}. Acórtelo.`,
  typing: "El asistente está escribiendo",

  starters: ["¿Qué son los exosomas?", "¿De verdad funciona?", "¿Qué riesgos tiene?", "¿Cuánto cuesta?", "Empezar el cuestionario"],
  quickReplies: "Puede preguntar",
  severalAnswers: (count) => `${count} respuestas:`,
  more: "Más preguntas",
  sources: (count) => `Fuentes (${count})`,
  newTab: "(se abre en otra pestaña)",
  helpful: "¿Le sirvió?",
  yes: "Sí",
  no: "No",
  thanks: "Gracias por decirnos.",
  notStored: "No pudimos guardar su respuesta. Por favor, intente otra vez.",

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
  // Said to the assistant in its own language.
  asides: ["¿Por qué lo pregunta?", "Atrás", "Parar"],

  resultReplaced: "El resultado anterior ya no se muestra: puede que ya no valga.",
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
  removed: "Su chat ya no está en este servidor.",
  notRemoved: "No pudimos borrar su chat. Por favor, intente otra vez.",
  privacy: "Privacidad",

  offline: "No tiene conexión. Guardamos su mensaje, y se enviará cuando vuelva.",
  unanswered: "Aún no hay respuesta. Guardamos su mensaje.",
  unreachable: "El asistente no responde. Guardamos su mensaje.",
  notLoaded: "Esto no se puede mostrar ahora.",
  historyMissing: "La conversación anterior no se puede mostrar ahora.",
  retry: "Intentar otra vez",
};
